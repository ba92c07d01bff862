package io.github.camelmasterlite.observe;

import io.github.camelmasterlite.cluster.ElectionClusterService;
import io.github.camelmasterlite.cluster.LeadershipObserver;
import io.github.camelmasterlite.cluster.LockChange;
import io.github.camelmasterlite.cluster.ServiceCompanion;
import io.github.camelmasterlite.observe.LeadershipChangedEvent.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.EventNotifier;
import org.apache.camel.spi.ManagementStrategy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the event notifiers of the context of every change of leadership: in the order of the changes, in the background, each by itself, so that one that throws keeps none of the others from
 * hearing. Notifiers hear of what happens from the start of their context on. If one is so slow that {@value #MAX_WAITING} events wait, further ones are dropped and the log says so.
 */
public final class LeadershipEvents implements ServiceCompanion, LeadershipObserver {

    /** How many events may wait for a notifier that is slow. */
    static final int MAX_WAITING = 1_000;

    /** What the service waits at its end for the last events to be delivered; after that the notifiers are stopped. */
    private static final long LAST_EVENTS_MILLIS = 500;

    private static final Logger LOG = LoggerFactory.getLogger(LeadershipEvents.class);

    private final AtomicInteger waiting = new AtomicInteger();

    /** Since one was accepted last. */
    private final AtomicInteger dropped = new AtomicInteger();

    private volatile @Nullable ElectionClusterService service;
    private volatile @Nullable Thread delivering;

    @Override
    public void started(ElectionClusterService started) {
        service = started;
        started.addObserver(this);
    }

    @Override
    public void stopped(ElectionClusterService stopped) {
        if (waiting.get() > 0 && delivering != Thread.currentThread()) {
            CountDownLatch delivered = new CountDownLatch(1);
            stopped.background().execute(delivered::countDown);
            try {
                if (!delivered.await(LAST_EVENTS_MILLIS, TimeUnit.MILLISECONDS)) {
                    LOG.debug("{} has stopped; {} events of leadership are still to be delivered", stopped, waiting);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        stopped.removeObserver(this);
    }

    @Override
    public void changed(LockChange change) {
        ElectionClusterService of = service;
        CamelContext context = of == null ? null : of.getCamelContext();
        if (of == null || context == null || !hasNotifiers(context)) {
            return;
        }
        for (Kind kind : kinds(change)) {
            if (waiting.incrementAndGet() > MAX_WAITING) {
                waiting.decrementAndGet();
                if (dropped.getAndIncrement() == 0) {
                    LOG.warn(
                            "Lock {}: {} events of leadership wait for a slow event notifier; further ones are dropped until it goes on",
                            change.lock(),
                            MAX_WAITING);
                }
                return;
            }
            int lost = dropped.getAndSet(0);
            if (lost > 0) {
                LOG.warn("{} changes of leadership were not told to event notifiers", lost);
            }
            of.background().execute(() -> {
                delivering = Thread.currentThread();
                try {
                    deliver(context, new LeadershipChangedEvent(context, of.getId(), kind, change));
                } finally {
                    delivering = null;
                    waiting.decrementAndGet();
                }
            });
        }
    }

    private static List<Kind> kinds(LockChange change) {
        List<Kind> kinds = new ArrayList<>(2);
        if (change.isLoss()) {
            kinds.add(Kind.LOST);
        }
        if (change.isGain()) {
            kinds.add(Kind.GAINED);
        }
        if (kinds.isEmpty() && !Objects.equals(change.leaderBefore(), change.leader())) {
            kinds.add(Kind.LEADER_CHANGED);
        }
        return kinds;
    }

    private static boolean hasNotifiers(CamelContext context) {
        return !notifiers(context).isEmpty();
    }

    /** Before its start, a context may still get another strategy. */
    private static List<EventNotifier> notifiers(CamelContext context) {
        ManagementStrategy strategy = Contexts.isUp(context) ? context.getManagementStrategy() : null;
        return strategy == null ? List.of() : strategy.getStartedEventNotifiers();
    }

    /** Not left to the strategy of the context: there the first notifier that throws is the last that hears. */
    private static void deliver(CamelContext context, LeadershipChangedEvent event) {
        for (EventNotifier notifier : List.copyOf(notifiers(context))) {
            try {
                if (!notifier.isDisabled() && notifier.isEnabled(event)) {
                    notifier.notify(event);
                }
            } catch (Throwable t) {
                LOG.warn("{} failed when told of: {}; others are still told", notifier, event, t);
            }
        }
    }
}
