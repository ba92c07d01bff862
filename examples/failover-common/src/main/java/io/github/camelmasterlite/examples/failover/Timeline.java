package io.github.camelmasterlite.examples.failover;

import java.awt.AWTError;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The run as a picture: a row for each member, and below it each kind of hand-over under the magnifying glass. */
final class Timeline {
    private static final double WIDTH = 1200;
    private static final double LEFT = 118;
    private static final double RIGHT = WIDTH - 36;
    private static final double TOP = 118;
    private static final double LENS_HEIGHT = 196;
    private static final long SECOND = 1_000_000_000;
    private static final long MILLI = 1_000_000;

    private static final String INK = "#0f172a";
    private static final String GREY = "#64748b";
    private static final String PALE = "#cbd5e1";
    private static final String GRID = "#eef2f7";
    private static final String RED = "#dc2626";
    private static final List<String> STRONG =
            List.of("#2563eb", "#d97706", "#059669", "#7c3aed", "#0891b2", "#db2777", "#4d7c0f", "#475569", "#b91c1c");
    private static final List<String> LIGHT =
            List.of("#bfdbfe", "#fde1a8", "#a7e3cd", "#ddd6fe", "#b5e6f0", "#fbcfe8", "#d9edb5", "#d5dce6", "#fecaca");

    private final List<String> members;
    private final List<Event> events;
    private final List<Tenure> tenures;
    private final List<HandOver> handOvers;
    private final List<Event> signals;
    private final int periodMillis;
    private final List<String> locks;
    private final double laneHeight;
    private final double rowHeight;
    private final long zeroNanos;
    private final long startNanos;
    private final long endNanos;

    Timeline(
            List<String> members,
            List<Event> events,
            List<Tenure> tenures,
            List<HandOver> handOvers,
            List<Event> signals,
            int periodMillis) {
        this.members = members;
        this.events = events;
        this.tenures = tenures;
        this.handOvers = handOvers;
        this.signals = signals;
        this.periodMillis = periodMillis;
        locks = tenures.stream()
                .map(Tenure::lock)
                .distinct()
                .sorted(Text.BY_NUMBER)
                .toList();
        laneHeight = Math.max(2.5, Math.min(26, 64.0 / Math.max(1, locks.size())));
        rowHeight = laneHeight * Math.max(1, locks.size()) + 26;
        zeroNanos = events.get(0).monotonicNanos();
        long up = events.stream()
                .filter(event -> event.kind() == Event.Kind.CONTEXT_STARTED)
                .mapToLong(Event::monotonicNanos)
                .findFirst()
                .orElse(zeroNanos);
        // what the JVMs take to start is of no interest here
        startNanos = Math.max(zeroNanos, up - SECOND / 2);
        endNanos = Math.max(startNanos + SECOND, events.get(events.size() - 1).monotonicNanos());
    }

    /** Writes timeline.svg and, where the machine has fonts, timeline.png. */
    void write(Path out, Narrator narrator) throws IOException {
        double height = TOP + members.size() * rowHeight + 44 + (lenses().isEmpty() ? 0 : LENS_HEIGHT + 36);
        Path svg = out.resolve("timeline.svg");
        Canvas vector = new SvgCanvas(WIDTH, height);
        draw(vector, height);
        vector.save(svg);
        narrator.say("picture  " + svg);
        Path png = out.resolve("timeline.png");
        try {
            System.setProperty("java.awt.headless", "true");
            Canvas pixels = new ImageCanvas(WIDTH, height);
            draw(pixels, height);
            pixels.save(png);
            narrator.say("picture  " + png);
        } catch (RuntimeException | LinkageError | AWTError | InternalError e) {
            narrator.say("no PNG: this Java cannot draw text (" + e + ")");
        }
    }

    private void draw(Canvas canvas, double height) {
        canvas.box(0, 0, WIDTH, height, 0, "#ffffff");
        title(canvas);
        double bottom = TOP + members.size() * rowHeight;
        axis(canvas, bottom);
        for (int index = 0; index < members.size(); index++) {
            member(canvas, index, TOP + index * rowHeight);
        }
        signals.forEach(signal -> signal(canvas, signal, bottom));
        List<HandOver> lenses = lenses();
        double gap = 36;
        double width = (RIGHT - 36 - gap * (lenses.size() - 1)) / Math.max(2, lenses.size());
        for (int index = 0; index < lenses.size(); index++) {
            new Lens(canvas, lenses.get(index), 36 + index * (width + gap), bottom + 50, width).draw();
        }
    }

    private void title(Canvas canvas) {
        canvas.text(
                36,
                44,
                21,
                true,
                Canvas.Anchor.START,
                INK,
                "%d members take over from each other".formatted(members.size()));
        canvas.text(
                36,
                66,
                12.5,
                false,
                Canvas.Anchor.START,
                GREY,
                "One process each, %s: from(\"master:%s:timer:clock?period=%d&delay=10\")"
                        .formatted(
                                Text.plural(locks.size(), "lock"),
                                locks.isEmpty() ? "lock" : locks.get(0),
                                periodMillis));
        long ticks = tenures.stream().mapToLong(tenure -> tenure.ticks().size()).sum();
        boolean kept = Promises.brokenBy(tenures).isEmpty();
        canvas.text(
                RIGHT,
                44,
                14,
                true,
                Canvas.Anchor.END,
                kept ? STRONG.get(2) : RED,
                kept ? "No two worked at once, every new token was higher" : "PROMISES BROKEN, see the report");
        canvas.text(
                RIGHT,
                66,
                12.5,
                false,
                Canvas.Anchor.END,
                GREY,
                "%s, %s. Dashed: starting, line: waiting, bar: consumer runs, dot: tick"
                        .formatted(Text.plural(tenures.size(), "tenure"), Text.plural(ticks, "tick")));
    }

    private void axis(Canvas canvas, double bottom) {
        long first = (startNanos - zeroNanos + SECOND - 1) / SECOND;
        for (long second = first; zeroNanos + second * SECOND <= endNanos; second++) {
            double x = x(zeroNanos + second * SECOND);
            canvas.line(x, TOP, x, bottom, 1, GRID, false);
            canvas.text(x, bottom + 18, 11.5, false, Canvas.Anchor.MIDDLE, GREY, second + " s");
        }
        canvas.line(LEFT, bottom, RIGHT, bottom, 1, PALE, false);
    }

    private void member(Canvas canvas, int index, double top) {
        String member = members.get(index);
        double middle = top + rowHeight / 2;
        canvas.text(LEFT - 16, middle + 4.5, 13.5, true, Canvas.Anchor.END, STRONG.get(index), member);
        long launched = time(Event.Kind.LAUNCHED, member).orElse(startNanos);
        long up = time(Event.Kind.CONTEXT_STARTED, member).orElse(launched);
        long ended = time(Event.Kind.EXITED, member).orElse(endNanos);
        double tickDistance = x(startNanos + periodMillis * MILLI) - LEFT;
        canvas.line(x(Math.max(launched, startNanos)), middle, x(up), middle, 1.2, PALE, true);
        canvas.line(x(up), middle, x(ended), middle, 2.5, PALE, false);
        for (Tenure tenure : tenures) {
            if (tenure.member().equals(member)) {
                double lane = top + 13 + locks.indexOf(tenure.lock()) * laneHeight;
                bar(canvas, x(tenure.startNanos()), x(tenure.endNanos()), lane, laneHeight, index);
                double radius = Math.min(Math.min(2.6, laneHeight / 3), 0.3 * tickDistance);
                tenure.ticks()
                        .forEach(tick -> canvas.dot(x(tick.nanos()), lane + laneHeight / 2, radius, STRONG.get(index)));
            }
        }
        if (time(Event.Kind.SIGKILL, member).isPresent()) {
            cross(canvas, x(ended), middle);
        }
    }

    private void signal(Canvas canvas, Event signal, double bottom) {
        double x = x(signal.monotonicNanos());
        String colour = signal.kind() == Event.Kind.SIGKILL ? RED : INK;
        canvas.line(x, TOP - 6, x, bottom, 1.2, colour, true);
        canvas.triangle(x, TOP - 4, 9, colour);
        canvas.text(x, TOP - 18, 12.5, true, Canvas.Anchor.MIDDLE, colour, signal.kind() + " to " + signal.member());
    }

    /** Of each kind of signal the hand-over that took longest. */
    private List<HandOver> lenses() {
        List<HandOver> lenses = new ArrayList<>();
        for (Event.Kind signal : List.of(Event.Kind.SIGTERM, Event.Kind.SIGKILL)) {
            handOvers.stream()
                    .filter(handOver -> handOver.signal() == signal)
                    .max(Comparator.comparingLong(HandOver::startedAfterNanos))
                    .ifPresent(lenses::add);
        }
        return lenses;
    }

    private static void bar(Canvas canvas, double from, double to, double y, double height, int colour) {
        double inset = Math.min(1.5, height / 6);
        canvas.box(
                from,
                y + inset,
                Math.max(1, to - from),
                height - 2 * inset,
                Math.min(3, height / 4),
                LIGHT.get(colour));
    }

    private static void cross(Canvas canvas, double x, double y) {
        canvas.line(x - 5, y - 5, x + 5, y + 5, 2.5, RED, false);
        canvas.line(x - 5, y + 5, x + 5, y - 5, 2.5, RED, false);
    }

    private double x(long nanos) {
        return LEFT + (RIGHT - LEFT) * (nanos - startNanos) / (endNanos - startNanos);
    }

    private Optional<Long> time(Event.Kind kind, String member) {
        return events.stream()
                .filter(event -> event.kind() == kind && event.member().equals(member))
                .map(Event::monotonicNanos)
                .findFirst();
    }

    /** One hand-over at the scale of milliseconds. Time 0 is the end of the old work. */
    private final class Lens {
        private static final double LABELS = 88;

        private final Canvas canvas;
        private final HandOver handOver;
        private final double left;
        private final double top;
        private final double width;
        private final long zeroNanos;
        private final long beforeNanos;
        private final long afterNanos;

        Lens(Canvas canvas, HandOver handOver, double left, double top, double width) {
            this.canvas = canvas;
            this.handOver = handOver;
            this.left = left;
            this.top = top;
            this.width = width;
            zeroNanos = handOver.from().endNanos();
            afterNanos = Math.max(150 * MILLI, handOver.tickedAfterNanos() * 5 / 4);
            beforeNanos = Math.max(afterNanos * 3 / 5, 100 * MILLI);
        }

        void draw() {
            boolean killed = handOver.signal() == Event.Kind.SIGKILL;
            String colour = killed ? RED : INK;
            canvas.box(left, top, width, LENS_HEIGHT, 8, "#f8fafc");
            canvas.text(left + 16, top + 26, 13.5, true, Canvas.Anchor.START, INK, killed ? "Killed" : "Asked to end");
            canvas.text(
                    left + width - 16,
                    top + 26,
                    12.5,
                    false,
                    Canvas.Anchor.END,
                    GREY,
                    "next consumer started after %s, first tick after %s"
                            .formatted(
                                    Text.millis(handOver.startedAfterNanos()),
                                    Text.millis(handOver.tickedAfterNanos())));
            double bottom = top + LENS_HEIGHT - 30;
            grid(bottom);
            row(handOver.from(), top + 52);
            row(handOver.to(), top + 104);
            double end = x(zeroNanos);
            double start = x(handOver.to().startNanos());
            canvas.line(end, top + 42, end, bottom, 1.2, colour, true);
            canvas.line(start, top + 100, start, bottom, 1.2, colour, true);
            canvas.text(
                    end - 8,
                    bottom - 6,
                    11.5,
                    false,
                    Canvas.Anchor.END,
                    colour,
                    killed ? "SIGKILL" : "work has stopped");
            if (killed) {
                cross(canvas, end, top + 70);
            }
            boolean hasRoom = Math.max(end, start) < left + width - 100;
            canvas.text(
                    hasRoom ? Math.max(end, start) + 8 : start - 8,
                    bottom - 6,
                    13,
                    true,
                    hasRoom ? Canvas.Anchor.START : Canvas.Anchor.END,
                    colour,
                    Text.millis(handOver.startedAfterNanos()));
        }

        private void grid(double bottom) {
            long stepNanos = niceStep((beforeNanos + afterNanos) / 8);
            for (long at = -beforeNanos / stepNanos * stepNanos; at <= afterNanos; at += stepNanos) {
                double x = x(zeroNanos + at);
                canvas.line(x, top + 42, x, bottom, 1, "#e6ebf2", false);
                canvas.text(
                        x,
                        bottom + 18,
                        11,
                        false,
                        Canvas.Anchor.MIDDLE,
                        GREY,
                        String.format(Locale.ROOT, "%s%d%s", at > 0 ? "+" : "", at / MILLI, at == 0 ? " ms" : ""));
            }
        }

        private void row(Tenure tenure, double y) {
            int index = members.indexOf(tenure.member());
            canvas.text(left + LABELS - 2, y + 22, 12.5, true, Canvas.Anchor.END, STRONG.get(index), tenure.member());
            double from = Math.max(x(tenure.startNanos()), x(zeroNanos - beforeNanos));
            double to = Math.min(x(tenure.endNanos()), x(zeroNanos + afterNanos));
            bar(canvas, from, to, y, 36, index);
            tenure.ticks().stream()
                    .filter(tick -> tick.nanos() > zeroNanos - beforeNanos && tick.nanos() < zeroNanos + afterNanos)
                    .forEach(tick -> canvas.dot(x(tick.nanos()), y + 18, 4.5, STRONG.get(index)));
        }

        private double x(long nanos) {
            double plotLeft = left + LABELS + 10;
            return plotLeft
                    + (left + width - 18 - plotLeft) * (nanos - zeroNanos + beforeNanos) / (beforeNanos + afterNanos);
        }

        /** A step of 1, 2 or 5 times a power of ten milliseconds, at least as long as asked for. */
        private static long niceStep(long atLeastNanos) {
            for (long power = MILLI; power < Long.MAX_VALUE / 10; power *= 10) {
                for (long factor : new long[] {1, 2, 5}) {
                    if (factor * power >= atLeastNanos) {
                        return factor * power;
                    }
                }
            }
            return atLeastNanos;
        }
    }
}
