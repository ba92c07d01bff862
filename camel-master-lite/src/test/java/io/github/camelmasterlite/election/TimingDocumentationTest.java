package io.github.camelmasterlite.election;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** The figures of docs/timing.md are computed from the rules, not written by hand. {@code -Ddocs.write} writes them. */
class TimingDocumentationTest {

    private static final Path DOCUMENT = Path.of("../docs/timing.md");
    private static final String BEGIN = "<!-- computed -->";
    private static final String END = "<!-- /computed -->";

    private record Profile(String name, Timing timing) {}

    private static final List<Profile> PROFILES = List.of(
            new Profile("default", Timing.defaults()),
            new Profile("fast", Timing.of(Duration.ofSeconds(6), Duration.ofSeconds(4), Duration.ofSeconds(1))),
            new Profile("patient", Timing.of(Duration.ofSeconds(60), Duration.ofSeconds(40), Duration.ofSeconds(8))));

    @Test
    void theTableInTheDocumentIsTheOneThatFollowsFromTheRules() throws IOException {
        String document = Files.readString(DOCUMENT);
        int from = document.indexOf(BEGIN);
        int to = document.indexOf(END);
        assertThat(from).isNotNegative().isLessThan(to);
        String computed = BEGIN + "\n\n" + table() + "\n" + END;
        String expected = document.substring(0, from) + computed + document.substring(to + END.length());
        if (System.getProperty("docs.write") != null) {
            Files.writeString(DOCUMENT, expected);
        } else {
            assertThat(document).isEqualTo(expected);
        }
    }

    /** So many locks and fewer are renewed as often as any. */
    private static final int FEW_LOCKS = 5;

    private static String table() {
        List<String> lines = new ArrayList<>();
        lines.add(row("", profile -> profile.name));
        lines.add("|---|" + "---:|".repeat(PROFILES.size()));
        lines.add(row("leaseDuration", profile -> ms(profile.timing.leaseDuration())));
        lines.add(row("renewDeadline", profile -> ms(profile.timing.renewDeadline())));
        lines.add(row("retryPeriod", profile -> ms(profile.timing.retryPeriod())));
        lines.add(row("stopBudget, default", profile -> ms(profile.timing.stopBudget())));
        lines.add(row("clock jump tolerated", profile -> ms(Duration.ofNanos(profile.timing.jumpNanos()))));
        lines.add(row(
                "(renewDeadline + stopBudget + jump) x 1.02",
                profile -> ms(Duration.ofNanos((long) ((profile.timing.renewDeadlineNanos()
                                + profile.timing.stopBudget().toNanos()
                                + profile.timing.jumpNanos())
                        * (1 + Timing.RATE_ERROR))))));
        lines.add(row(
                "must be less than leaseDuration x 0.98",
                profile -> ms(Duration.ofNanos((long) (profile.timing.leaseNanos() * (1 - Timing.RATE_ERROR))))));
        lines.add(row("a process may stand still without overlap for", profile -> ms(profile.timing.margin())));
        lines.add(row("a renewal is sent every", profile -> interval(profile.timing, Timing.MANY_LOCKS)));
        lines.add(row("with up to " + FEW_LOCKS + " locks, every", profile -> interval(profile.timing, FEW_LOCKS)));
        lines.add(row(
                "if none is answered, sends at",
                profile -> seconds(profile.timing.renewIntervalNanos()) + ", "
                        + seconds(profile.timing.renewIntervalNanos() + profile.timing.attemptNanos()) + ", "
                        + seconds(profile.timing.renewIntervalNanos() + 2 * profile.timing.attemptNanos()) + " s"));
        lines.add(row(
                "a store that refuses is bridged for",
                profile -> seconds(bridgedNanos(profile.timing, Timing.MANY_LOCKS)) + " s"));
        lines.add(row(
                "with up to " + FEW_LOCKS + " locks, for",
                profile -> seconds(bridgedNanos(profile.timing, FEW_LOCKS)) + " s"));
        lines.add(row(
                "work is told to stop, after the last confirmed send", profile -> ms(profile.timing.renewDeadline())));
        lines.add(row("kill -9 to the next leader", profile -> failover(profile.timing, Timing.MANY_LOCKS)));
        lines.add(row("with up to " + FEW_LOCKS + " locks", profile -> failover(profile.timing, FEW_LOCKS)));
        lines.add(row(
                "the same, if that one cannot watch, up to",
                profile -> seconds(profile.timing.leaseNanos()
                                + profile.timing.retryPeriod().toNanos()) + " s"));
        lines.add(row(
                "requests a second for " + Timing.MANY_LOCKS + " locks, all members together",
                profile -> String.format(
                        Locale.ROOT, "%.2f", Timing.MANY_LOCKS * requests(profile.timing, Timing.MANY_LOCKS))));
        lines.add(row(
                "for one lock, all members together",
                profile -> String.format(Locale.ROOT, "%.2f", requests(profile.timing, 1))));
        lines.add(row(
                "and for each follower that cannot watch",
                profile -> String.format(
                        Locale.ROOT, "%.3f", 1e9 / profile.timing.retryPeriod().toNanos())));
        return String.join("\n", lines) + "\n";
    }

    private static long latestNanos(Timing timing, int locks) {
        return (long) (timing.renewIntervalNanos(locks) * timing.jitterFactor());
    }

    private static String interval(Timing timing, int locks) {
        return seconds(timing.renewIntervalNanos(locks)) + " to " + seconds(latestNanos(timing, locks)) + " s";
    }

    /** It may begin just before a renewal, and end just after an attempt. */
    private static long bridgedNanos(Timing timing, int locks) {
        return timing.renewDeadlineNanos() - latestNanos(timing, locks) - timing.retryNanos(0);
    }

    private static String failover(Timing timing, int locks) {
        return seconds(timing.leaseNanos() - latestNanos(timing, locks)) + " to " + seconds(timing.leaseNanos()) + " s";
    }

    private static double requests(Timing timing, int locks) {
        return 1e9 / (timing.renewIntervalNanos(locks) * (1 + timing.jitterFactor()) / 2);
    }

    private interface Cell {
        String of(Profile profile);
    }

    private static String row(String name, Cell cell) {
        StringBuilder out = new StringBuilder("| ").append(name).append(" |");
        PROFILES.forEach(profile -> out.append(' ').append(cell.of(profile)).append(" |"));
        return out.toString();
    }

    private static String ms(Duration duration) {
        return String.format(Locale.ROOT, "%,d ms", duration.toMillis());
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.2f", nanos / 1e9).replaceFirst("\\.?0+$", "");
    }
}
