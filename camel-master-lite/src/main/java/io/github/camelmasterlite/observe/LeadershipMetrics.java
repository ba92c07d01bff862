package io.github.camelmasterlite.observe;

import io.github.camelmasterlite.cluster.ElectionClusterService;
import io.github.camelmasterlite.cluster.LeadershipObserver;
import io.github.camelmasterlite.cluster.LockChange;
import io.github.camelmasterlite.cluster.LockReport;
import io.github.camelmasterlite.cluster.ServiceReport;
import io.github.camelmasterlite.election.Phase;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one cluster service in one registry. Where there is a Camel context with a registry of meters among its beans this is done by itself
 * ({@link MetricsCompanion}); without one, {@link #bind} does it.
 *
 * <p>All meters have the tags {@code service} (the id that was set, or the kind if none was) and {@code kind} (the type of the service: {@code kubernetes},
 * {@code file-lock}, {@code lease}, {@code local}); those of one lock have {@code lock}, too. Those of a lock come with its view and go with it: a route that was removed must not look like
 * a lock without a leader.
 *
 * <pre>
 * camel.leadership.is.leader                 gauge     lock                1 while this member leads
 * camel.leadership.authority.remaining       gauge, s  lock                how long the tenure stands unless it is confirmed again; 0 without one
 * camel.leadership.tenures                   counter   lock                tenures of this member
 * camel.leadership.handover                  timer     lock                hand-overs to this member, see below
 * camel.leadership.store.failures            counter   lock, operation, outcome  calls of the store that failed or were not answered in time
 * camel.leadership.store.calls               timer     operation, outcome  all calls of the store, and how long they took
 * camel.leadership.listener.calls            timer     call, outcome       how long listeners took to return
 * camel.leadership.watch.live                gauge                         1 while changes made by others are reported, 0 while this member polls
 * camel.leadership.watch.restarts            counter                       how often the watch has come back
 * </pre>
 *
 * <p>A <i>hand-over</i> is timed by the member that gains a lock which another member led before. It begins when this member notices that nobody leads
 * any more, or obtains the file lock; where the lease of a leader that is gone has run out, when the write is sent that takes it. It ends when the tenure is published and work is told to start. So it does not contain
 * for how long a crash went unnoticed.
 *
 * <p>Nothing polls: gauges are evaluated when the registry is read, the rest is counted when it happens.
 */
public final class LeadershipMetrics implements AutoCloseable {

    static final String PREFIX = "camel.leadership.";

    private static final Set<String> FAILURES = Set.of("unknown", "failed", "overdue");

    private static final Duration[] CALL_BUCKETS = millis(5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000);
    private static final Duration[] HANDOVER_BUCKETS =
            millis(5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 15_000, 30_000, 60_000);

    private final MeterRegistry registry;
    private final ElectionClusterService service;
    private final Tags tags;
    private final Observer observer = new Observer();
    private final Map<String, OfLock> locks = new ConcurrentHashMap<>();
    private final Map<List<String>, Timer> timers = new ConcurrentHashMap<>();
    private final Set<Meter> meters = ConcurrentHashMap.newKeySet();

    /** Guards which locks have meters; nothing is called under it but the registry and the report of the service. */
    private final Object presence = new Object();

    private boolean closed;

    private LeadershipMetrics(MeterRegistry registry, ElectionClusterService service) {
        this.registry = registry;
        this.service = service;
        this.tags = tags(registry, service);
    }

    /**
     * Adds the meters of a service to a registry. A tenure that is held already is counted; what was before is not.
     *
     * @param registry where to
     * @param service  of what, started or not
     * @return closes with the removal of all these meters
     */
    public static LeadershipMetrics bind(MeterRegistry registry, ElectionClusterService service) {
        LeadershipMetrics metrics = new LeadershipMetrics(registry, service);
        metrics.open();
        return metrics;
    }

    private void open() {
        ServiceReport report = service.report();
        observer.wasLive = Boolean.TRUE.equals(report.isWatching());
        meters.add(Gauge.builder(PREFIX + "watch.live", service, LeadershipMetrics::watchLive)
                .description("Whether changes made by others are reported (1) or polled for (0)")
                .tags(tags)
                .strongReference(true)
                .register(registry));
        observer.watchRestarts = keep(Counter.builder(PREFIX + "watch.restarts")
                .description("How often the watch has come back")
                .tags(tags)
                .register(registry));
        service.addObserver(observer);
        observer.locksChanged();
    }

    /** Removes all meters. What the service does from now on is not counted. */
    @Override
    public void close() {
        service.removeObserver(observer);
        synchronized (presence) {
            closed = true;
            locks.values().forEach(OfLock::close);
            locks.clear();
            meters.forEach(registry::remove);
            meters.clear();
        }
    }

    /** The tags that all meters of this service have. */
    Tags tags() {
        return tags;
    }

    private static double watchLive(ElectionClusterService service) {
        Boolean live = service.report().isWatching();
        return live == null ? Double.NaN : live ? 1 : 0;
    }

    private static Tags tags(MeterRegistry registry, ElectionClusterService service) {
        String kind = kind(service.report().type());
        String name = service.isIdSet() ? service.getId() : kind;
        Tags tags = Tags.of("service", name, "kind", kind);
        boolean isTaken = registry.find(PREFIX + "watch.live").tags(tags).meter() != null;
        return isTaken ? Tags.of("service", service.getId(), "kind", kind) : tags;
    }

    /** {@code FileLockClusterService} is {@code file-lock}. */
    static String kind(String type) {
        String name = type.endsWith("ClusterService") ? type.substring(0, type.length() - 14) : type;
        String dashed = name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
        return dashed.isEmpty() ? "other" : dashed;
    }

    private static Duration[] millis(int... bounds) {
        Duration[] durations = new Duration[bounds.length];
        for (int i = 0; i < bounds.length; i++) {
            durations[i] = Duration.ofMillis(bounds[i]);
        }
        return durations;
    }

    private <M extends Meter> M keep(M meter) {
        synchronized (presence) {
            if (closed) {
                registry.remove(meter);
            } else {
                meters.add(meter);
            }
        }
        return meter;
    }

    private Timer timer(String name, String description, String... keysAndValues) {
        List<String> key = new ArrayList<>(List.of(keysAndValues));
        key.add(name);
        Timer known = timers.get(key);
        if (known == null) {
            // Not under the lock of the map, which close() may wait for. The registry makes each meter once.
            known = keep(Timer.builder(PREFIX + name)
                    .description(description)
                    .tags(tags.and(keysAndValues))
                    .serviceLevelObjectives(CALL_BUCKETS)
                    .register(registry));
            timers.put(key, known);
        }
        return known;
    }

    private final class Observer implements LeadershipObserver {

        private volatile @Nullable Counter watchRestarts;

        /** Ever: the first time is no restart. */
        private volatile boolean wasLive;

        private volatile boolean wasInterrupted;

        /** Several may come at a time: whoever comes last sees what is so then. */
        @Override
        public void locksChanged() {
            synchronized (presence) {
                if (closed) {
                    return;
                }
                Collection<String> present = service.getNamespaces();
                Set<String> gone = new HashSet<>(locks.keySet());
                gone.removeAll(present);
                for (String lock : gone) {
                    OfLock removed = locks.remove(lock);
                    if (removed != null) {
                        removed.close();
                    }
                }
                for (String lock : present) {
                    if (!locks.containsKey(lock)) {
                        OfLock added = new OfLock(lock);
                        locks.put(lock, added);
                        // Only now: what changes from here on is told, too.
                        service.report(lock).ifPresent(added::introduce);
                    }
                }
            }
        }

        @Override
        public void changed(LockChange change) {
            OfLock of = locks.get(change.lock());
            if (of != null) {
                of.changed(change);
            }
        }

        @Override
        public void storeAnswered(String lock, String operation, String outcome, long nanos) {
            timer(
                            "store.calls",
                            "Calls of the place where the locks live, until the answer",
                            "operation",
                            operation,
                            "outcome",
                            outcome)
                    .record(nanos, TimeUnit.NANOSECONDS);
            OfLock of = locks.get(lock);
            if (of != null) {
                of.answered(operation, outcome, nanos);
            }
        }

        @Override
        public void listenerReturned(String lock, String call, long nanos, boolean failed) {
            timer(
                            "listener.calls",
                            "Calls of listeners, until they return",
                            "call",
                            call,
                            "outcome",
                            failed ? "failed" : "returned")
                    .record(nanos, TimeUnit.NANOSECONDS);
        }

        @Override
        public void watching(boolean live, @Nullable String reason) {
            Counter restarts = watchRestarts;
            if (live && wasInterrupted && restarts != null) {
                restarts.increment();
            }
            wasLive |= live;
            wasInterrupted = wasLive && !live;
        }
    }

    /** The meters of one lock. */
    private final class OfLock {

        private final Tags tagsOfLock;
        private final Counter tenures;
        private final Timer handovers;
        private final Set<Meter> own = new HashSet<>();
        private final Map<List<String>, Counter> failures = new HashMap<>();

        /** Whether another member has led since this one did last. */
        private boolean anotherLed;

        /** Since when the lock is seen to have no leader after another one; null while that is not so. By the clock of the registry. */
        private @Nullable Long freeNanos;

        /** How long the last write that obtained the lock took. */
        private long acquireNanos;

        private long lastTerm = -1;
        private boolean isTold;
        private boolean closed;

        OfLock(String lock) {
            tagsOfLock = tags.and("lock", lock);
            own.add(Gauge.builder(PREFIX + "is.leader", lock, name -> service.isLeader(name) ? 1 : 0)
                    .description("Whether this member leads the lock")
                    .tags(tagsOfLock)
                    .strongReference(true)
                    .register(registry));
            own.add(TimeGauge.builder(PREFIX + "authority.remaining", lock, TimeUnit.SECONDS, this::remainingSeconds)
                    .description("How long the tenure stands unless it is confirmed again")
                    .tags(tagsOfLock)
                    .strongReference(true)
                    .register(registry));
            tenures = Counter.builder(PREFIX + "tenures")
                    .description("Tenures of this member")
                    .tags(tagsOfLock)
                    .register(registry);
            own.add(tenures);
            handovers = Timer.builder(PREFIX + "handover")
                    .description("From noticing that the lock is free after another leader to leading it")
                    .tags(tagsOfLock)
                    .serviceLevelObjectives(HANDOVER_BUCKETS)
                    .register(registry);
            own.add(handovers);
        }

        void introduce(LockReport report) {
            synchronized (own) {
                if (report.leadership().tenure() != null) {
                    begun(report.leadership().term());
                } else if (!isTold) {
                    String leader = report.leadership().leader();
                    anotherLed =
                            leader != null && !leader.equals(report.leadership().member());
                }
            }
        }

        private double remainingSeconds(String name) {
            return service.report(name)
                            .map(report -> report.leadership().remainingAuthority())
                            .orElse(Duration.ZERO)
                            .toNanos()
                    / 1e9;
        }

        void changed(LockChange change) {
            synchronized (own) {
                isTold = true;
                String leader = change.leader();
                boolean isAnother = leader != null && !leader.equals(change.member());
                if (change.isGain()) {
                    gained(change);
                } else if (change.to() == Phase.STOPPED) {
                    anotherLed = false; // nothing is seen from now on
                    freeNanos = null;
                } else if (isAnother && change.to() == Phase.FOLLOWING) {
                    anotherLed = true;
                    freeNanos = null;
                } else if (anotherLed && freeNanos == null) {
                    freeNanos = registry.config().clock().monotonicTime();
                }
            }
        }

        private void gained(LockChange change) {
            Long free = freeNanos;
            String before = change.leaderBefore();
            boolean directly = before != null && !before.equals(change.member());
            if (free != null) {
                handovers.record(registry.config().clock().monotonicTime() - free, TimeUnit.NANOSECONDS);
            } else if (anotherLed || directly) {
                handovers.record(acquireNanos, TimeUnit.NANOSECONDS);
            }
            anotherLed = false;
            freeNanos = null;
            if (change.tenure() != null) {
                begun(change.tenure().term());
            }
        }

        /** The same may be reported by a change and by the report at the beginning. */
        private void begun(long term) {
            if (term != lastTerm) {
                lastTerm = term;
                tenures.increment();
            }
        }

        void answered(String operation, String outcome, long nanos) {
            synchronized (own) {
                if (operation.equals("acquire") && outcome.equals("written")) {
                    acquireNanos = nanos;
                }
                if (closed || !FAILURES.contains(outcome)) {
                    return;
                }
                failures.computeIfAbsent(List.of(operation, outcome), absent -> {
                            Counter counter = Counter.builder(PREFIX + "store.failures")
                                    .description("Calls that failed or were not answered in time")
                                    .tags(tagsOfLock.and("operation", operation, "outcome", outcome))
                                    .register(registry);
                            own.add(counter);
                            return counter;
                        })
                        .increment();
            }
        }

        void close() {
            synchronized (own) {
                closed = true;
                own.forEach(registry::remove);
                own.clear();
            }
        }
    }
}
