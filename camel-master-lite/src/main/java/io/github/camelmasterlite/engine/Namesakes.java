package io.github.camelmasterlite.engine;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseRecord.Signature;
import io.github.camelmasterlite.election.StoredRecord;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices another process that calls itself like this member, and says so once for each lock. Both are kept apart all the same, by what signs their records; but to people, and to
 * whoever asks for the leader, they look like one.
 *
 * <p>The record of a process that has ended may still be there, so only one that is renewed counts, and none that was signed in this process, where an earlier start may still be ending.
 */
final class Namesakes {

    /** As often as this a record has to be seen with another time of renewal. */
    private static final int RENEWALS = 3;

    private static final Logger LOG = LoggerFactory.getLogger(Namesakes.class);

    /** What signs records in this process now. */
    private static final Set<String> OWN = ConcurrentHashMap.newKeySet();

    private record Seen(String incarnation, long renewedAtMicros, int renewals) {}

    private final String member;
    private final Map<String, Seen> seenByLock = new ConcurrentHashMap<>();

    Namesakes(String member) {
        this.member = member;
    }

    /** This incarnation is one of this process. */
    static void begins(String incarnation) {
        OWN.add(incarnation);
    }

    /** It signs nothing any more. */
    static void ends(String incarnation) {
        OWN.remove(incarnation);
    }

    /** A record was read, or reported. */
    void seen(String lock, StoredRecord stored) {
        LeaseRecord record = stored.record();
        Signature signature = record == null ? null : record.signature();
        if (record == null
                || signature == null
                || !record.isSigned()
                || !record.holder().equals(member)
                || OWN.contains(signature.incarnation())) {
            seenByLock.remove(lock);
            return;
        }
        Seen now = seenByLock.compute(lock, (l, before) -> {
            if (before == null || !before.incarnation.equals(signature.incarnation())) {
                return new Seen(signature.incarnation(), record.renewedAtMicros(), 0);
            }
            return record.renewedAtMicros() <= before.renewedAtMicros
                    ? before
                    : new Seen(before.incarnation, record.renewedAtMicros(), before.renewals + 1);
        });
        if (now.renewals == RENEWALS && record.renewedAtMicros() == now.renewedAtMicros) {
            LOG.warn(
                    "Lock {}: another process holds and renews it as '{}', the id of this member; give each member an id of its own (setId; podName on Kubernetes)",
                    lock,
                    member);
            seenByLock.put(lock, new Seen(now.incarnation, now.renewedAtMicros, RENEWALS + 1));
        }
    }

    /** The lock is of interest no longer. */
    void forget(String lock) {
        seenByLock.remove(lock);
    }
}
