package io.github.camelmasterlite.master;

import io.github.camelmasterlite.Internal;
import io.github.camelmasterlite.cluster.NotLeaderException;

/**
 * An exchange was not routed because this member does not lead the lock of its route, or no longer does.
 *
 * <p>It is raised outside the error handler of the route, so that the consumer hears of it and hands the exchange back (rollback, redelivery,
 * the file stays): {@code onException(LeadershipLostException.class)} and dead letter channels never see it, with {@code bridgeErrorHandler} neither. Completions
 * of the exchange run. {@code docs/rejection.md} tells what each consumer does.
 */
public final class LeadershipLostException extends NotLeaderException {

    private static final long serialVersionUID = 1L;

    /**
     * @param lock   the lock that is not held
     * @param detail what is known about it, for people
     */
    @Internal
    public LeadershipLostException(String lock, String detail) {
        super(lock, detail + "; the exchange was not routed");
    }
}
