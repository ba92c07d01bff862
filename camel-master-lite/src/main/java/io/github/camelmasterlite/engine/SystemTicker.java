package io.github.camelmasterlite.engine;

import io.github.camelmasterlite.election.Moment;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The clocks of this machine. The one place that reads them. */
enum SystemTicker implements Ticker {
    INSTANCE;

    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    public Moment now() {
        return new Moment(System.nanoTime(), ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
    }
}
