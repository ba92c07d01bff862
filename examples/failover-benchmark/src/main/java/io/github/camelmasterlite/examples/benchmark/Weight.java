package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;

/**
 * What a member weighs at rest.
 *
 * @param peak      threads at most
 * @param now       threads at rest
 * @param heapBytes in use after a collection
 */
record Weight(int peak, int now, long heapBytes) {

    /** Of a member that has kept count of its threads by name ({@link BenchMember#SAMPLE}), which takes processor time. */
    static Weight sampled(Map<String, ThreadCount> threads, long heapBytes) {
        int peak = 0;
        int now = 0;
        for (ThreadCount count : threads.values()) {
            peak += count.peak();
            now += count.now();
        }
        return new Weight(peak, now, heapBytes);
    }

    /** Of any member, by the JVM's own count, which costs nothing. */
    static Weight counted(Cluster cluster, Child member) throws BenchmarkException, IOException, InterruptedException {
        ThreadCount threads = cluster.threadCount(member);
        return new Weight(threads.peak(), threads.now(), cluster.heapBytes(member));
    }

    double megabytes() {
        return heapBytes / 1e6;
    }

    String megabytesText() {
        return String.format(Locale.ROOT, "%.1f", megabytes());
    }
}
