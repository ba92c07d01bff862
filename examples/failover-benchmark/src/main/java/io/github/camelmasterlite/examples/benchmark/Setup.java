package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * What a run is made of.
 *
 * @param rounds     how often each thing is measured
 * @param members    members of a cluster
 * @param lockCounts numbers of locks each thing is measured with
 * @param heap       heap of every member
 * @param meeting    gives each measurement a place of its own for its locks
 * @param settle     how long members are left alone before something is done to them: what they do after a change is over by then
 * @param idle       how long waiting members are watched
 */
record Setup(
        Children children,
        int rounds,
        int members,
        List<Integer> lockCounts,
        String heap,
        Meeting meeting,
        Duration settle,
        Duration idle) {

    Setup {
        lockCounts = List.copyOf(lockCounts);
    }

    /** A cluster of members with an ordinary heap. */
    Cluster cluster(String name, int locks, String... modes) throws IOException {
        return new Cluster(this, List.of("-Xmx" + heap), name, locks, modes);
    }

    /** A cluster of members whose whole heap is in memory. */
    Cluster residentCluster(String name, int locks) throws IOException {
        return new Cluster(this, resident(heap), name, locks);
    }

    /**
     * Options of a JVM whose whole heap is in memory: the kernel frees the memory of a killed process before it frees its locks, and a heap
     * that is mostly reserved flatters.
     */
    static List<String> resident(String heap) {
        return List.of("-Xms" + heap, "-Xmx" + heap, "-XX:+AlwaysPreTouch");
    }

    /** Tells on standard error how far a measurement is. */
    static void progress(String what, int round, int rounds) {
        if (round == 1 || round == rounds || round % 10 == 0) {
            System.err.printf("  %s: round %d of %d%n", what, round, rounds);
        }
    }
}
