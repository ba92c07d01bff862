package io.github.camelmasterlite.examples.benchmark;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;

/** How many threads of which name this process has: before, at most (looked at every few milliseconds), and after. */
final class ThreadSample {
    private static final long INTERVAL_NANOS = 5_000_000;
    private static final String OWN_NAME = "thread-sample";

    private final Map<String, Integer> before = new TreeMap<>();
    private final Map<String, Integer> peak = new TreeMap<>();

    void begin() {
        before.putAll(count());
        Thread sampler = new Thread(
                () -> {
                    while (true) {
                        Map<String, Integer> now = count();
                        synchronized (peak) {
                            now.forEach((name, number) -> peak.merge(name, number, Math::max));
                        }
                        LockSupport.parkNanos(INTERVAL_NANOS);
                    }
                },
                OWN_NAME);
        sampler.setDaemon(true);
        sampler.start();
    }

    void tell(Reporter reporter) {
        Map<String, Integer> after = count();
        synchronized (peak) {
            TreeSet<String> names = new TreeSet<>(before.keySet());
            names.addAll(peak.keySet());
            names.addAll(after.keySet());
            for (String name : names) {
                int now = after.getOrDefault(name, 0);
                ThreadCount numbers =
                        new ThreadCount(before.getOrDefault(name, 0), Math.max(now, peak.getOrDefault(name, 0)), now);
                reporter.report(new Report(Report.Kind.THREADS, name, System.nanoTime(), numbers));
            }
        }
        reporter.report(Report.Kind.THREADS_END, null);
    }

    /** Live threads now and at most since the start of the process; names and what there was before are not known. */
    static ThreadCount countedByTheJvm() {
        ThreadMXBean count = ManagementFactory.getThreadMXBean();
        return new ThreadCount(0, count.getPeakThreadCount(), count.getThreadCount());
    }

    /** Live Java threads by name, with # for every number in it. */
    private static Map<String, Integer> count() {
        ThreadGroup top = Thread.currentThread().getThreadGroup();
        while (top.getParent() != null) {
            top = top.getParent();
        }
        Thread[] threads = new Thread[2 * top.activeCount() + 100];
        int number = top.enumerate(threads, true);
        Map<String, Integer> count = new TreeMap<>();
        for (int i = 0; i < number; i++) {
            String name = threads[i].getName().replaceAll("#?\\d+", "#");
            if (!name.equals(OWN_NAME)) {
                count.merge(name, 1, Integer::sum);
            }
        }
        return count;
    }
}
