package io.github.camelmasterlite.master;

import io.github.camelmasterlite.election.Tenure;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.jspecify.annotations.Nullable;

/**
 * One tenure as exchanges carry it. The values are boxed once, so that marking an exchange allocates nothing but the entries of its headers.
 * Two stamps are equal if they are of the same tenure.
 */
final class TenureStamp {

    private final String lock;
    /** The tenure, or the number of one that has no description. */
    private final Object identity;

    private final @Nullable Long term;
    private final @Nullable Long token;

    private TenureStamp(String lock, Object identity, @Nullable Long term, @Nullable Long token) {
        this.lock = lock;
        this.identity = identity;
        this.term = term;
        this.token = token;
    }

    /** A tenure that the cluster service describes. */
    static TenureStamp of(String lock, Tenure tenure) {
        return new TenureStamp(lock, tenure, tenure.term(), tenure.fencingToken());
    }

    /**
     * A tenure of a cluster service that knows neither terms nor tokens.
     *
     * @param number counts such tenures in this consumer
     */
    static TenureStamp counted(String lock, long number) {
        return new TenureStamp(lock, number, null, null);
    }

    /** Puts the headers on the exchange, in place of whatever a sender may have forged. */
    void mark(Exchange exchange) {
        Message message = exchange.getIn();
        message.setHeader(MasterConstants.LOCK, lock);
        put(message, MasterConstants.TERM, term);
        put(message, MasterConstants.FENCING_TOKEN, token);
    }

    private static void put(Message message, String name, @Nullable Long value) {
        if (value == null) {
            message.removeHeader(name);
        } else {
            message.setHeader(name, value);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TenureStamp stamp && lock.equals(stamp.lock) && identity.equals(stamp.identity);
    }

    @Override
    public int hashCode() {
        return identity.hashCode();
    }

    @Override
    public String toString() {
        return term == null ? "tenure " + identity : "term " + term + ", fencing token " + token;
    }
}
