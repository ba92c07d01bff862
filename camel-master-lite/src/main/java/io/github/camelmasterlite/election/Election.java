package io.github.camelmasterlite.election;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rules for one lock of one member: a deterministic state machine. One thread at a time calls it; it keeps no thread, clock or
 * connection of its own.
 *
 * @param <C> what it asks of the store side
 * @param <R> what the store side answers
 */
public interface Election<C, R> {

    /**
     * Decides.
     *
     * @param event what happened
     * @param now   the present; never earlier than at the call before
     * @return what to do about it, in order
     */
    List<Effect<C>> on(Event<R> event, Moment now);

    /** The monotonic time at which {@link Event.Tick} is wanted next; null when nothing is awaited. */
    @Nullable
    Long deadlineNanos();

    /** The last published snapshot. */
    Standing standing();
}
