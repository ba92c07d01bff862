package io.github.camelmasterlite.master;

import org.apache.camel.RuntimeCamelException;

/**
 * An exchange was not routed because this member does not lead the lock of its route, or no longer does.
 *
 * <p>It is raised outside the error handler of the route, so that the consumer hears of it and hands the exchange back (rollback, redelivery,
 * the file stays): {@code onException(LeadershipLostException.class)} and dead letter channels never see it. Completions of the exchange run.
 */
public final class LeadershipLostException extends RuntimeCamelException {

    private static final long serialVersionUID = 1L;

    private final String lock;

    /**
     * @param lock   the lock that is not held
     * @param detail what is known about it, for people
     */
    public LeadershipLostException(String lock, String detail) {
        super("Lock " + lock + ": " + detail + "; the exchange was not routed");
        this.lock = lock;
    }

    /** The lock that is not held. */
    public String getLock() {
        return lock;
    }
}
