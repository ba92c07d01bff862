package io.github.camelmasterlite.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.WorkListener;
import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.history.ActsOnlyWithinTenure;
import io.github.camelmasterlite.history.AtMostOneActive;
import io.github.camelmasterlite.history.History;
import io.github.camelmasterlite.history.History.Kind;
import io.github.camelmasterlite.history.HistoryChecker;
import io.github.camelmasterlite.history.NoNewTenureBeforeOldWorkEnded;
import io.github.camelmasterlite.history.TokensIncrease;
import io.github.camelmasterlite.history.Verdict;
import io.github.camelmasterlite.history.Work;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.awaitility.Awaitility;

/**
 * Members of one cluster, in this JVM, each with a client of its own. All of them work while they lead, and what they do is written down; closing
 * them judges it.
 */
final class WorkingMembers implements AutoCloseable {

    /** A patient bound for what should come at once, on a machine that does much else. */
    static final Duration BOUND = Duration.ofSeconds(30);

    private static final long ACT_MILLIS = 10;

    /** Work here stops when it is told to. */
    private static final long STOP_BUDGET_MILLIS = 100;

    /** What a member does with a lock. */
    final class Worker implements WorkListener {
        private final String member;
        private final String lock;
        private final LeadershipView view;

        /** Guarded by this. */
        private long token;

        private volatile boolean isGone;

        Worker(String member, LeadershipView view) {
            this.member = member;
            this.lock = view.getNamespace();
            this.view = view;
        }

        @Override
        public synchronized void startWork(LeadershipView of, Tenure tenure) {
            token = tenure.fencingToken();
            history.add(System.nanoTime(), member, lock, Kind.STARTED, token);
        }

        @Override
        public synchronized void stopWork(LeadershipView of, Tenure tenure) {
            history.add(System.nanoTime(), member, lock, Kind.STOPPED, tenure.fencingToken());
            token = 0;
        }

        @Override
        public CompletionStage<?> workEnded() {
            return CompletableFuture.completedFuture(null);
        }

        synchronized boolean isWorking() {
            return token != 0;
        }

        private synchronized void act() {
            long now = System.nanoTime();
            if (token != 0 && view.isLeader()) {
                history.add(now, member, lock, Kind.ACT, token);
            }
        }
    }

    /** One of them. */
    final class Member {
        private final String name;
        private final KubernetesClusterService service;
        private final Map<String, Worker> workers = new LinkedHashMap<>();

        Member(String name, KubernetesClusterService service) {
            this.name = name;
            this.service = service;
        }

        String name() {
            return name;
        }

        LeadershipView view(String lock) {
            return Objects.requireNonNull(workers.get(lock), lock).view;
        }

        /** Stands for these locks, too. */
        Member standFor(Collection<String> locks) {
            for (String lock : locks) {
                LeadershipView view = service.getView(lock);
                Worker worker = new Worker(name, view);
                workers.put(lock, worker);
                all.add(worker);
                view.addEventListener(worker);
            }
            return this;
        }

        boolean leads(String lock) {
            return view(lock).isLeader();
        }

        /** All its locks; and has begun to work under each, which comes a moment after. */
        boolean leadsAll() {
            return workers.keySet().stream().allMatch(this::leads)
                    && workers.values().stream().allMatch(Worker::isWorking);
        }

        String problem(String lock) {
            return Objects.requireNonNullElse(view(lock).leadership().problem(), "");
        }

        /** Leaves in order. */
        void stop() {
            service.stop();
            workers.values().forEach(worker -> worker.isGone = true);
        }
    }

    private final History history = new History();
    private final List<Worker> all = new CopyOnWriteArrayList<>();
    private final List<Member> members = new CopyOnWriteArrayList<>();
    private final Consumer<KubernetesClusterService> options;
    private final Duration margin;
    private final ScheduledExecutorService acting = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "acting");
        thread.setDaemon(true);
        return thread;
    });

    private WorkingMembers(Consumer<KubernetesClusterService> options, Duration margin) {
        this.options = options;
        this.margin = margin;
        Future<?> unused = acting.scheduleWithFixedDelay(
                () -> all.forEach(Worker::act), ACT_MILLIS, ACT_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Members with these times, and the stop budget that this work needs. */
    static WorkingMembers of(Duration lease, Duration renewDeadline, Duration retryPeriod) {
        Consumer<KubernetesClusterService> times = service -> {
            service.setLeaseDurationMillis(lease.toMillis());
            service.setRenewDeadlineMillis(renewDeadline.toMillis());
            service.setRetryPeriodMillis(retryPeriod.toMillis());
            service.setStopBudgetMillis(STOP_BUDGET_MILLIS);
        };
        return new WorkingMembers(times, lease.minus(renewDeadline));
    }

    /** Members with these times in milliseconds. */
    static WorkingMembers of(long lease, long renewDeadline, long retryPeriod) {
        return of(Duration.ofMillis(lease), Duration.ofMillis(renewDeadline), Duration.ofMillis(retryPeriod));
    }

    /** Members that were told no times. */
    static WorkingMembers ofDefaults() {
        return new WorkingMembers(service -> {}, Duration.ofSeconds(5));
    }

    /** A member that has been started and stands for these locks. */
    Member start(String name, KubeAccess access, Collection<String> locks) {
        return start(name, access, locks, service -> {});
    }

    /** The same, with options of its own. */
    Member start(String name, KubeAccess access, Collection<String> locks, Consumer<KubernetesClusterService> more) {
        Config config = new ConfigBuilder(access.config()).build();
        KubernetesClusterService service = new KubernetesClusterService(config);
        service.setPodName(name);
        options.accept(service);
        more.accept(service);
        service.start();
        Member member = new Member(name, service);
        members.add(member);
        return member.standFor(locks);
    }

    // ---- what there is to see

    /** How many tenures a lock has had, as far as work began. */
    int tenures(String lock) {
        return work(lock).size();
    }

    List<Work> work(String lock) {
        return history.work().getOrDefault(lock, List.of());
    }

    /** How many work under a lock now. */
    long working(String lock) {
        return work(lock).stream()
                .filter(work -> work.ending() == Work.Ending.OPEN)
                .count();
    }

    History history() {
        return history;
    }

    static void await(String what, Callable<Boolean> condition) {
        await(what, BOUND, condition);
    }

    static void await(String what, Duration bound, Callable<Boolean> condition) {
        Awaitility.await(what)
                .atMost(bound)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(condition);
    }

    /** For this time nothing but that is the case. */
    static void stays(String what, Duration time, Callable<Boolean> condition) {
        Awaitility.await(what)
                .during(time)
                .atMost(time.plus(BOUND))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .failFast(() -> !condition.call())
                .until(condition);
    }

    /** Nobody was ever active beside another, tokens rose, and whoever acted was at work. */
    void assertEveryPromise() {
        Verdict verdict = HistoryChecker.all(
                history,
                List.of(
                        new AtMostOneActive(margin, Duration.ofMillis(STOP_BUDGET_MILLIS)),
                        new TokensIncrease(),
                        new ActsOnlyWithinTenure(),
                        new NoNewTenureBeforeOldWorkEnded()));
        assertThat(verdict.violations()).isEmpty();
        assertThat(verdict.excused()).isEmpty();
    }

    @Override
    public void close() {
        try {
            members.forEach(Member::stop);
        } finally {
            acting.shutdownNow();
        }
        assertEveryPromise();
    }
}
