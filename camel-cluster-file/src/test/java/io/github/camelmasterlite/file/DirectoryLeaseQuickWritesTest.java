package io.github.camelmasterlite.file;

import io.github.camelmasterlite.election.Moment;
import io.github.camelmasterlite.engine.Ticker;
import java.util.concurrent.atomic.AtomicLong;

/** So do leases in a directory that are written many times within a millisecond: a revision is the time, and must be one that nobody else has had. */
class DirectoryLeaseQuickWritesTest extends DirectoryLeaseStoreTest {

    private final AtomicLong wallMicros = new AtomicLong(1_795_000_000_000_000L);

    @Override
    Ticker ticker() {
        return new Ticker() {
            @Override
            public long nanos() {
                return System.nanoTime();
            }

            @Override
            public Moment now() {
                return new Moment(nanos(), wallMicros.incrementAndGet());
            }
        };
    }
}
