package io.github.camelmasterlite.examples.benchmark;

/** How many threads of a name a process had before its Camel context started, at most, and has now. */
record ThreadCount(int before, int peak, int now) {

    /** The larger of each. */
    ThreadCount max(ThreadCount other) {
        return new ThreadCount(Math.max(before, other.before), Math.max(peak, other.peak), Math.max(now, other.now));
    }

    /** Whether threads came or went. */
    boolean varies() {
        return before != peak || peak != now;
    }
}
