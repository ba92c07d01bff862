package io.github.camelmasterlite.master;

import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.master.DelegateLifecycle.Event;
import io.github.camelmasterlite.master.DelegateLifecycle.Phase;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.support.DefaultConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Goes once through what tenures and the stop of a route need, with a delegate that does nothing, and without effect: what a program does for the first time
 * is slow, and a hand-over should not be. Everything runs on the caller's thread.
 */
final class Rehearsal implements DelegateRunner.Factory, DelegateRunner.Workers {

    private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);

    private final String name;
    private final DelegateRunner.Factory real;
    private final Endpoint endpoint;

    /**
     * @param name     for the log
     * @param real     what a tenure of the route is made with
     * @param endpoint of the delegate; only named, neither started nor stopped
     */
    Rehearsal(String name, DelegateRunner.Factory real, Endpoint endpoint) {
        this.name = name;
        this.real = real;
        this.endpoint = endpoint;
    }

    /**
     * One tenure that is lost, and one that ends because the route stops.
     *
     * @param leaving follows the stop of the delegate
     * @return where the delegate stood after each event
     */
    List<Phase> run(String lock, Runnable leaving) {
        DelegateRunner runner = new DelegateRunner(name, this, Authority.NONE, this, 1, 1);
        List<Phase> phases = new ArrayList<>();
        runner.request(new Event.Allow());
        runner.post(new Event.ContextStarted());
        TenureStamp lost = stamp(lock, 1);
        runner.postAndStart(new Event.Gained(lost));
        phases.add(runner.phase());
        runner.post(new Event.Lost(lost));
        phases.add(runner.phase());
        runner.postAndStart(new Event.Gained(stamp(lock, 2)));
        runner.request(new Event.Defer());
        phases.add(runner.phase());
        runner.request(new Event.Suspend());
        phases.add(runner.phase());
        runner.request(new Event.Close(), leaving);
        phases.add(runner.phase());
        runner.closeAdmission();
        // Operations on this thread are done when a time-out for them would be set.
        new CompletableFuture<Boolean>()
                .completeOnTimeout(true, 1, TimeUnit.MICROSECONDS)
                .join();
        return phases;
    }

    /** Of another tenure each time: one that has ended does not begin again. */
    private static TenureStamp stamp(String lock, long term) {
        return TenureStamp.of(lock, new Tenure(term, term, Instant.EPOCH));
    }

    @Override
    public AdmissionGuard guard(TenureStamp tenure) {
        return real.guard(tenure);
    }

    @Override
    public Consumer create(AdmissionGuard guard) {
        return new DefaultConsumer(endpoint, guard);
    }

    @Override
    public void inRoute(Runnable task) {
        real.inRoute(task);
    }

    @Override
    public void started(TenureStamp tenure, int attempt) {}

    @Override
    public void stopped(int inFlight) {}

    @Override
    public void startFailed(int attempt, Throwable cause) {
        LOG.debug("{}: the rehearsal failed; the first hand-over will be slower by some milliseconds", name, cause);
    }

    @Override
    public void run(Runnable operation) {
        operation.run();
    }

    @Override
    public void runAfter(long millis, Runnable operation) {}
}
