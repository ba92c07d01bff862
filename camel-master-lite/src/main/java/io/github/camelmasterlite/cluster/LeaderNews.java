package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.engine.Threads;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.camel.cluster.CamelClusterEventListener;
import org.apache.camel.cluster.CamelClusterMember;
import org.apache.camel.cluster.CamelClusterView;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the hook of a {@link Leader} who leads, on a thread that exists while there is something to tell: the view is not kept waiting. The
 * fields are guarded by the monitor of this object, which is not held while the hook is called.
 */
final class LeaderNews implements CamelClusterEventListener.Leadership {

    private static final Logger LOG = LoggerFactory.getLogger(LeaderNews.class);

    private final String lock;
    private final Consumer<Optional<String>> hook;
    private final Threads threads;
    private final @Nullable ClassLoader classLoader = Thread.currentThread().getContextClassLoader();

    private @Nullable String latest;
    private @Nullable String told;
    private boolean telling;
    private boolean closed;

    LeaderNews(String lock, Consumer<Optional<String>> hook, Threads threads) {
        this.lock = lock;
        this.hook = hook;
        this.threads = threads;
    }

    @Override
    @SuppressWarnings({"ConstantValue", "NullAway"}) // since Camel 4 the leader is null when there is none
    public synchronized void leadershipChanged(CamelClusterView view, CamelClusterMember leader) {
        latest = leader == null ? null : leader.getId();
        if (telling || closed || Objects.equals(latest, told)) {
            return;
        }
        telling = true;
        try {
            threads.start("news", this::tell);
        } catch (Throwable t) {
            telling = false;
            LOG.warn("Lock {}: no thread to tell who leads; the next change is told", lock, t);
        }
    }

    synchronized void close() {
        closed = true;
    }

    private void tell() {
        Thread.currentThread().setContextClassLoader(classLoader);
        while (true) {
            String leader;
            synchronized (this) {
                leader = latest;
                telling = !closed && !Objects.equals(leader, told);
                if (!telling) {
                    return;
                }
                told = leader;
            }
            try {
                hook.accept(Optional.ofNullable(leader));
            } catch (Throwable t) {
                LOG.warn("Lock {}: onLeader failed when told that {} leads", lock, leader, t);
            }
        }
    }
}
