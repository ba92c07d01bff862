package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.Internal;
import org.apache.camel.RuntimeCamelException;

/** This member does not lead a lock, or no longer does: whatever was about to be done under the lock must not be done. */
public class NotLeaderException extends RuntimeCamelException {

    private static final long serialVersionUID = 1L;

    private final String lock;

    /**
     * @param lock   the lock that is not held
     * @param detail what is known about it, for people
     */
    @Internal
    public NotLeaderException(String lock, String detail) {
        super("Lock " + lock + ": " + detail);
        this.lock = lock;
    }

    /** The lock that is not held. */
    public String getLock() {
        return lock;
    }
}
