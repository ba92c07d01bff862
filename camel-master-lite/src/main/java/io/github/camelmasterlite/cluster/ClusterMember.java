package io.github.camelmasterlite.cluster;

import java.util.function.BooleanSupplier;
import org.apache.camel.cluster.CamelClusterMember;

/** A member as Camel wants to see it. Equal by id, so that sets of members from different views can be compared. */
final class ClusterMember implements CamelClusterMember {

    private final String id;
    private final boolean local;
    private final BooleanSupplier leader;

    ClusterMember(String id, boolean local, BooleanSupplier leader) {
        this.id = id;
        this.local = local;
        this.leader = leader;
    }

    @Override
    public String getId() {
        return id;
    }

    @Override
    public boolean isLeader() {
        return leader.getAsBoolean();
    }

    @Override
    public boolean isLocal() {
        return local;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ClusterMember that && that.id.equals(id);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return id;
    }
}
