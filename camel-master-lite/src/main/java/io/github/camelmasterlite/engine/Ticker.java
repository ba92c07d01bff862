package io.github.camelmasterlite.engine;

import io.github.camelmasterlite.election.Moment;

/** The one source of time. Replaced by a virtual one in simulations. */
public interface Ticker {

    /** Monotonic time in nanoseconds with an arbitrary origin. */
    long nanos();

    /** Both clocks, read together. */
    Moment now();

    /** Both clocks, cheaply: a thread that is interrupted between the two makes them look as if they had jumped. Ask {@link #now()} before believing that. */
    default Moment glance() {
        return now();
    }

    /** The clocks of this machine. */
    static Ticker system() {
        return SystemTicker.INSTANCE;
    }
}
