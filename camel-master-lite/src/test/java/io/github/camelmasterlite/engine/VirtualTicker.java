package io.github.camelmasterlite.engine;

import io.github.camelmasterlite.election.Moment;
import java.time.Duration;

/** A clock that moves only when it is told to. Wall time and monotonic time are apart on purpose. */
public final class VirtualTicker implements Ticker {

    private long nanos;
    private long wallMicros = 1_700_000_000_000_000L;

    /** A clock whose monotonic time begins at {@code nanos}: any value is legal, also one that overflows soon. */
    public VirtualTicker(long nanos) {
        this.nanos = nanos;
    }

    /** Lets both clocks run. */
    public synchronized void advance(Duration by) {
        nanos += by.toNanos();
        wallMicros += by.toNanos() / 1_000;
    }

    @Override
    public synchronized long nanos() {
        return nanos;
    }

    @Override
    public synchronized Moment now() {
        return new Moment(nanos, wallMicros);
    }
}
