package io.github.camelmasterlite.election;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a store answers, and what it reports unasked. */
public sealed interface LeaseReply {

    /** The answer to a read. */
    record Found(StoredRecord stored) implements LeaseReply {}

    /** The write was done; this is what the store holds now. */
    record Written(StoredRecord stored) implements LeaseReply {}

    /** The write was not done and never will be: the store holds something else than was expected. */
    record Conflict() implements LeaseReply {}

    /**
     * It is not known whether the call had or will have an effect.
     *
     * @param reason for the log and for health
     */
    record Unknown(String reason) implements LeaseReply {}

    /** Unasked: a watch has seen this. It may be late, repeated, or about a record that has been replaced since. */
    record Changed(StoredRecord stored) implements LeaseReply {}

    /** Unasked: something may have changed, look now. */
    record Look() implements LeaseReply {}

    /**
     * Unasked: whether changes are reported from now on.
     *
     * @param number rises from report to report, so that an earlier one that arrives later means nothing
     * @param live   whether they are
     * @param reason why not, with the way to mend it; null if they are
     */
    record Watching(long number, boolean live, @Nullable String reason) implements LeaseReply {}

    /**
     * Unasked: the members known to live. Decides nothing but who is polite to whom.
     *
     * @param number rises from report to report, so that an earlier one that arrives later means nothing
     */
    record Members(long number, List<String> ids) implements LeaseReply {
        public Members {
            ids = List.copyOf(ids);
        }
    }

    /**
     * Unasked: how many locks this member stands for. Decides nothing but how often leases are renewed.
     *
     * @param number rises from report to report, so that an earlier one that arrives later means nothing
     * @param locks  how many, at most {@link Timing#MANY_LOCKS}
     */
    record Load(long number, int locks) implements LeaseReply {}
}
