package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.Internal;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.engine.MemoryLeaseStore;
import io.github.camelmasterlite.engine.Threads;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Leader election among the contexts of one JVM that use the same {@link #setClusterName name}: for unit tests of routes, and for trying things out.
 *
 * <p><strong>Replicas do not see each other:</strong> the records are in the memory of one JVM. In a second process another member leads at the same time. Use a cluster
 * service over files or Kubernetes for that.
 *
 * <p>The rules are those of {@link LeaseClusterService}, so a test may shorten the times.
 */
public class LocalClusterService extends LeaseClusterService {

    private static final Map<String, MemoryLeaseStore.Shelf> SHELVES = new ConcurrentHashMap<>();

    private volatile String clusterName = "default";

    /** A member of the cluster named "default". */
    public LocalClusterService() {}

    /**
     * @param clusterName the name of the cluster
     */
    public LocalClusterService(String clusterName) {
        setClusterName(clusterName);
    }

    public String getClusterName() {
        return clusterName;
    }

    /** Members of one JVM with the same name are one cluster; not blank, default "default". Tests use a name of their own each. */
    @SuppressWarnings("ConstantValue") // callers without null checking exist
    public final void setClusterName(String clusterName) {
        if (clusterName == null || clusterName.isBlank()) {
            throw new IllegalArgumentException(
                    "clusterName must not be blank; members with the same name are one cluster");
        }
        this.clusterName = clusterName;
    }

    @Override
    @Internal
    protected LeaseStore createStore(Threads threads) {
        return new MemoryLeaseStore(SHELVES.computeIfAbsent(clusterName, name -> new MemoryLeaseStore.Shelf()), this);
    }
}
