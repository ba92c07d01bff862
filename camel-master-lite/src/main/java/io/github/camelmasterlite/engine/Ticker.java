package io.github.camelmasterlite.engine;

import io.github.camelmasterlite.election.Moment;

/** The one source of time. Replaced by a virtual one in simulations. */
public interface Ticker {

    /** Monotonic time in nanoseconds with an arbitrary origin. */
    long nanos();

    /** Both clocks, read together. */
    Moment now();

    /** The clocks of this machine. */
    static Ticker system() {
        return SystemTicker.INSTANCE;
    }
}
