package io.github.camelmasterlite.cluster;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.cluster.CamelClusterEventListener;
import org.apache.camel.cluster.CamelClusterMember;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.cluster.CamelClusterView;
import org.apache.camel.support.cluster.AbstractCamelClusterService;
import org.apache.camel.support.cluster.AbstractCamelClusterView;
import org.jspecify.annotations.Nullable;

/** A cluster service that knows neither tenures nor work, on Camel's own base classes, in which the test decides who leads. */
public final class ReportingClusterService extends AbstractCamelClusterService<ReportingClusterService.View> {

    /** How often a view has been given back. */
    public final AtomicInteger released = new AtomicInteger();

    private volatile @Nullable View last;

    public ReportingClusterService() {
        super("reporting");
    }

    @Override
    protected View createView(String namespace) {
        View view = new View(this, namespace);
        last = view;
        return view;
    }

    @Override
    public void releaseView(CamelClusterView view) throws Exception {
        released.incrementAndGet();
        super.releaseView(view);
    }

    /** The view made last. */
    public View view() {
        return Objects.requireNonNull(last);
    }

    /** Leads when it is told to. */
    public static final class View extends AbstractCamelClusterView {

        /** How many listeners there are. */
        public final AtomicInteger listeners = new AtomicInteger();

        /** Whether it leads; without a word to its listeners. */
        public volatile boolean leads;

        View(CamelClusterService service, String namespace) {
            super(service, namespace);
        }

        /** Returns when the listeners have, which are called under the lock of the view. */
        public void lead(boolean now) {
            leads = now;
            fireLeadershipChangedEvent(now ? getLocalMember() : null);
        }

        @Override
        public void addEventListener(CamelClusterEventListener listener) {
            listeners.incrementAndGet();
            super.addEventListener(listener);
        }

        @Override
        public void removeEventListener(CamelClusterEventListener listener) {
            listeners.decrementAndGet();
            super.removeEventListener(listener);
        }

        @Override
        public Optional<CamelClusterMember> getLeader() {
            return leads ? Optional.of(getLocalMember()) : Optional.empty();
        }

        @Override
        public CamelClusterMember getLocalMember() {
            return new ClusterMember("reporting", true, () -> leads);
        }

        @Override
        public List<CamelClusterMember> getMembers() {
            return List.of(getLocalMember());
        }

        @Override
        protected void doStart() {}

        @Override
        protected void doStop() {}
    }
}
