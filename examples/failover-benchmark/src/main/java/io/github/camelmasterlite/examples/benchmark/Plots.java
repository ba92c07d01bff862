package io.github.camelmasterlite.examples.benchmark;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Pictures of what was measured, as PNG. */
final class Plots {
    private static final int WIDTH = 1000;
    private static final int HEIGHT = 520;
    private static final Color GREY = new Color(0x64748b);
    private static final Map<String, Color> COLOURS = Map.of(
            PeerSide.OURS.label(), new Color(0x2563eb),
            PeerSide.CAMEL.label(), new Color(0xd97706),
            PeerSide.CLIENT_GO.label(), new Color(0x059669));
    private static final List<BasicStroke> STROKES =
            List.of(SeriesLines.SOLID, SeriesLines.DASH_DASH, SeriesLines.DOT_DOT, SeriesLines.DASH_DOT);

    private final Path directory;

    Plots(Path directory) {
        System.setProperty("java.awt.headless", "true");
        this.directory = directory;
    }

    /**
     * The fate of one lock in one round.
     *
     * @param side    whose round it was
     * @param fault   what was done to the leader
     * @param zero    when that was done
     * @param end     when nobody looked any more
     * @param changes starts and stops of the lock's consumers
     */
    record Failover(PeerSide side, PeerPart fault, long zero, long end, Child leader, List<Cluster.Change> changes) {
        Failover {
            changes = List.copyOf(changes);
        }
    }

    /** Which share of all take-overs was over after a time. */
    void distribution(PeerResults results, String measure, List<Integer> locks, String file) throws IOException {
        XYChart chart = chart(measure, "ms", "share that had ended");
        chart.getStyler().setXAxisLogarithmic(true).setYAxisMin(0.0).setYAxisMax(1.0);
        for (PeerSide side : PeerSide.values()) {
            for (int number : locks) {
                List<PeerResults.Sample> samples = results.select(measure, side.label(), number);
                String name = "%s, %d %s".formatted(side.label(), number, number == 1 ? "lock" : "locks");
                curve(chart, name, samples, colour(side), STROKES.get(locks.indexOf(number) % STROKES.size()));
            }
        }
        curve(chart, "floor", results.floorOf(measure), GREY, SeriesLines.DASH_DOT);
        save(chart, file);
    }

    private static void curve(
            XYChart chart, String name, List<PeerResults.Sample> sorted, Color colour, BasicStroke stroke) {
        List<Double> times = new ArrayList<>();
        List<Double> shares = new ArrayList<>();
        int rank = 0;
        for (PeerResults.Sample sample : sorted) {
            double millis = Math.max(sample.nanos() / 1e6, 0.01); // a logarithmic axis has no zero
            times.add(millis);
            shares.add((double) rank / sorted.size());
            if (!sample.isEnded()) {
                break; // to the right of its limit nothing is known
            }
            rank++;
            times.add(millis);
            shares.add((double) rank / sorted.size());
        }
        if (times.isEmpty()) {
            return;
        }
        XYSeries series = chart.addSeries(name + (rank == sorted.size() ? "" : " (not all ended)"), times, shares);
        series.setMarker(SeriesMarkers.NONE);
        series.setLineColor(colour);
        series.setLineStyle(stroke);
    }

    /** Who worked when, around one fault of each side. */
    void timeline(List<Failover> failovers, String title, String file) throws IOException {
        if (failovers.isEmpty()) {
            return;
        }
        XYChart chart =
                chart(title, "seconds after the fault; the last bar of each ends where nobody looked any more", "");
        chart.getStyler().setYAxisTicksVisible(false);
        int lane = 0;
        double first = 0;
        double last = 0;
        for (Failover failover : failovers) {
            for (boolean isOld : new boolean[] {true, false}) {
                lane++;
                String name = failover.side.label() + (isOld ? ", old leader" : ", others");
                boolean isNamed = false;
                for (double[] bar : bars(failover, isOld)) {
                    first = Math.min(first, bar[0]);
                    last = Math.max(last, bar[1]);
                    XYSeries series =
                            chart.addSeries(name + (isNamed ? " " + bar[0] : ""), bar, new double[] {-lane, -lane});
                    series.setMarker(SeriesMarkers.NONE);
                    series.setLineColor(isOld ? colour(failover.side).darker() : colour(failover.side));
                    series.setLineWidth(16);
                    series.setLineStyle(new BasicStroke(16, BasicStroke.CAP_BUTT, BasicStroke.JOIN_BEVEL));
                    series.setShowInLegend(!isNamed);
                    isNamed = true;
                }
                if (!isNamed) {
                    double end = (failover.end - failover.zero) / 1e9;
                    last = Math.max(last, end);
                    XYSeries series = chart.addSeries(
                            String.format(Locale.ROOT, "%s: none within %.0f s", name, end),
                            new double[] {end, end},
                            new double[] {-lane, -lane});
                    series.setMarker(SeriesMarkers.CROSS);
                    series.setMarkerColor(colour(failover.side));
                    series.setLineColor(colour(failover.side));
                }
            }
        }
        XYSeries fault = chart.addSeries("the fault", new double[] {0, 0}, new double[] {-lane - 0.7, -0.3});
        fault.setMarker(SeriesMarkers.NONE);
        fault.setLineColor(Color.RED);
        fault.setLineStyle(SeriesLines.DASH_DASH);
        chart.getStyler()
                .setYAxisMin(-lane - 0.7)
                .setYAxisMax(-0.3)
                .setXAxisMin(first)
                .setXAxisMax(last + 1);
        save(chart, file);
    }

    /** From when to when consumers of the old leader, or of others, ran: seconds after the fault. */
    private static List<double[]> bars(Failover failover, boolean ofOldLeader) {
        double earliest = -2;
        Map<Child, Double> since = new java.util.HashMap<>();
        List<double[]> bars = new ArrayList<>();
        List<Cluster.Change> changes = failover.changes.stream()
                .sorted(java.util.Comparator.comparing(Cluster.Change::nanos))
                .toList();
        for (Cluster.Change change : changes) {
            if (change.member().equals(failover.leader) == ofOldLeader) {
                double seconds = (change.nanos() - failover.zero) / 1e9;
                if (change.isStart()) {
                    since.put(change.member(), Math.max(seconds, earliest));
                } else {
                    Double from = since.remove(change.member());
                    if (from != null && seconds > earliest) {
                        bars.add(new double[] {from, seconds});
                    }
                }
            }
        }
        // a process that was killed reports no stop, and one that was stopped does not work
        boolean endsWithFault = ofOldLeader && (failover.fault == PeerPart.kill || failover.fault == PeerPart.freeze);
        double end = endsWithFault ? 0 : (failover.end - failover.zero) / 1e9;
        since.values().forEach(from -> bars.add(new double[] {from, Math.max(end, from)}));
        return bars;
    }

    /** Numbers against the number of locks; both axes logarithmic. */
    void against(Map<String, Map<Integer, Double>> lines, String title, String y, String file) throws IOException {
        XYChart chart = chart(title, "locks", y);
        Set<Integer> all = new TreeSet<>();
        lines.values().forEach(points -> all.addAll(points.keySet()));
        if (all.isEmpty()) {
            return;
        }
        chart.getStyler()
                .setYAxisLogarithmic(lines.values().stream()
                        .flatMap(points -> points.values().stream())
                        .allMatch(value -> value > 0));
        chart.getStyler().setXAxisLogarithmic(all.size() > 1);
        lines.forEach((name, points) -> {
            if (!points.isEmpty()) {
                XYSeries series =
                        chart.addSeries(name, new ArrayList<>(points.keySet()), new ArrayList<>(points.values()));
                Color colour = COLOURS.get(name);
                if (colour != null) {
                    series.setLineColor(colour);
                    series.setMarkerColor(colour);
                }
            }
        });
        save(chart, file);
    }

    private static Color colour(PeerSide side) {
        return COLOURS.getOrDefault(side.label(), GREY);
    }

    private static XYChart chart(String title, String x, String y) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .build();
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setPlotBorderVisible(false);
        return chart;
    }

    private void save(XYChart chart, String file) throws IOException {
        if (!chart.getSeriesCollection().isEmpty()) {
            ImageIO.write(
                    BitmapEncoder.getBufferedImage(chart),
                    "png",
                    directory.resolve(file).toFile());
        }
    }
}
