package io.github.camelmasterlite.engine;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One election in a running loop, as seen by those who steer it. All methods only enqueue. */
public interface Seat {

    /** Take part. */
    void stand();

    /** Give up leadership and take no part until {@link #stand()}. */
    void standDown();

    /** Give up leadership and let others go first for {@code coolDownNanos}. */
    void resign(long coolDownNanos);

    /** Leave for good. */
    void withdraw();

    /** All work of the tenure with this term has ended. */
    void workStopped(long term);

    /**
     * When the store side was heard of last: it answered a call, or reported something by itself. Monotonic.
     *
     * @return null if it has not been yet
     */
    default @Nullable Long heardNanos() {
        return null;
    }

    /** Completes when the election has stopped for good and nothing of it is held any more. */
    CompletableFuture<Void> ended();
}
