package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What is known of the machine beyond what Java tells. */
final class Machine {
    private Machine() {}

    /** The processors' name, and how busy they were: "AMD EPYC 7B13; load 0.12". */
    static String describe() {
        double load = java.lang.management.ManagementFactory.getOperatingSystemMXBean()
                .getSystemLoadAverage();
        return "%s; load average of the last minute %s"
                .formatted(processor(), load < 0 ? "unknown" : String.format(Locale.ROOT, "%.2f", load));
    }

    private static String processor() {
        try {
            return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                    .filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown processor");
        } catch (IOException e) {
            return "unknown processor";
        }
    }
}
