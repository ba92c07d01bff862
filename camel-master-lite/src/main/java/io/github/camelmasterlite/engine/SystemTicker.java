package io.github.camelmasterlite.engine;

import io.github.camelmasterlite.election.Moment;
import java.time.Instant;

/** The clocks of this machine. The one place that reads them. */
enum SystemTicker implements Ticker {
    INSTANCE;

    private static final long TOGETHER_NANOS = 1_000_000;
    private static final int ATTEMPTS = 3;

    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    public Moment now() {
        long before = System.nanoTime();
        long wallMicros = wallMicros();
        long after = System.nanoTime();
        // Preempted in between, the two would not belong together and look like a jump of the clocks.
        for (int i = 0; i < ATTEMPTS && after - before > TOGETHER_NANOS; i++) {
            before = System.nanoTime();
            wallMicros = wallMicros();
            after = System.nanoTime();
        }
        return new Moment(before, wallMicros);
    }

    @Override
    public Moment glance() {
        return new Moment(System.nanoTime(), wallMicros());
    }

    private static long wallMicros() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
    }
}
