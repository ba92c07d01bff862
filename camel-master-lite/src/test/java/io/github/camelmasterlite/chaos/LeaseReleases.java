package io.github.camelmasterlite.chaos;

import io.github.camelmasterlite.election.LeaseRecord.Signature;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds releases in the versions of lease records, seen in the order in which they were written. A tenure is known by the incarnation and the term that
 * sign its records; its fencing token is the revision of the first of them. Of a tenure that was not seen from its beginning, nothing is said that is wrong:
 * its release then has a token that no work has.
 */
public final class LeaseReleases {

    /** Told of a release. */
    @FunctionalInterface
    public interface Listener {
        void released(long nanos, String member, String lock, long token);
    }

    private record Tenure(String lock, String incarnation, long term) {}

    private record Begun(String member, long token) {}

    private final Listener listener;
    private final Map<Tenure, Begun> tenures = new HashMap<>();

    public LeaseReleases(Listener listener) {
        this.listener = listener;
    }

    /**
     * One version of the record of a lock; which has been seen before does no harm.
     *
     * @param holder    empty or null if nobody holds it
     * @param signature null if there is none, or none that can be read
     */
    public void seen(String lock, @Nullable String holder, @Nullable Signature signature, long revision) {
        if (signature == null) {
            return;
        }
        Tenure tenure = new Tenure(lock, signature.incarnation(), signature.term());
        boolean isHeld = holder != null && !holder.isEmpty();
        if (holder != null && isHeld && !signature.released()) {
            tenures.putIfAbsent(tenure, new Begun(holder, revision));
        } else if (!isHeld && signature.released()) {
            Begun begun = tenures.remove(tenure);
            if (begun != null) {
                listener.released(System.nanoTime(), begun.member(), lock, begun.token());
            }
        }
    }
}
