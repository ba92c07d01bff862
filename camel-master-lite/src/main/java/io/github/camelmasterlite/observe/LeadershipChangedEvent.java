package io.github.camelmasterlite.observe;

import io.github.camelmasterlite.cluster.LockChange;
import io.github.camelmasterlite.election.Tenure;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.CamelEvent;
import org.jspecify.annotations.Nullable;

/**
 * A change of leadership, for the event notifiers of a context: a custom event whose source is the context. For people and statistics; to run work, listen to a view.
 */
public final class LeadershipChangedEvent implements CamelEvent.CamelContextEvent {

    /** What has changed. */
    public enum Kind {
        /** A tenure of this member has begun. */
        GAINED,
        /** A tenure of this member has ended. */
        LOST,
        /** Another member leads than before, or none is known to. */
        LEADER_CHANGED
    }

    private final CamelContext context;
    private final String serviceId;
    private final Kind kind;
    private final LockChange change;
    private volatile long timestamp;

    LeadershipChangedEvent(CamelContext context, String serviceId, Kind kind, LockChange change) {
        this.context = context;
        this.serviceId = serviceId;
        this.kind = kind;
        this.change = change;
        this.timestamp = change.at().toEpochMilli();
    }

    @Override
    public Type getType() {
        return Type.Custom;
    }

    @Override
    public CamelContext getContext() {
        return context;
    }

    @Override
    public CamelContext getSource() {
        return context;
    }

    /** When it changed, by the wall clock of this machine, in milliseconds since 1970. */
    @Override
    public long getTimestamp() {
        return timestamp;
    }

    @Override
    public void setTimestamp(long timestamp) {
        this.timestamp = timestamp;
    }

    /** What has changed. */
    public Kind getKind() {
        return kind;
    }

    /** The id of the cluster service. */
    public String getServiceId() {
        return serviceId;
    }

    /** The lock. */
    public String getLock() {
        return change.lock();
    }

    /** The id of this member. */
    public String getMember() {
        return change.member();
    }

    /** The id of the member known to lead since; null if none is. */
    public @Nullable String getLeader() {
        return change.leader();
    }

    /** The id of the member known to lead before; null if none was. */
    public @Nullable String getLeaderBefore() {
        return change.leaderBefore();
    }

    /** The tenure of this member that has begun or ended; null if only the leader changed. */
    public @Nullable Tenure getTenure() {
        return switch (kind) {
            case GAINED -> change.tenure();
            case LOST -> change.tenureBefore();
            case LEADER_CHANGED -> null;
        };
    }

    /** Why, for people. */
    public String getReason() {
        return change.reason();
    }

    @Override
    public String toString() {
        Tenure tenure = getTenure();
        return "Leadership of lock " + getLock() + ": "
                + switch (kind) {
                    case GAINED -> getMember() + " leads";
                    case LOST -> getMember() + " no longer leads";
                    case LEADER_CHANGED ->
                        getLeader() == null
                                ? "no leader known" + (getLeaderBefore() == null ? "" : ", was " + getLeaderBefore())
                                : getLeader() + " leads";
                }
                + (tenure == null ? "" : " (term " + tenure.term() + ", fencing token " + tenure.fencingToken() + ")")
                + ": " + getReason();
    }
}
