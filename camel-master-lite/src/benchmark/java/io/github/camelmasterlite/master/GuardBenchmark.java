package io.github.camelmasterlite.master;

import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.LocalClusterService;
import io.github.camelmasterlite.cluster.ManualClusterService;
import io.github.camelmasterlite.election.Tenure;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.PluginHelper;
import org.awaitility.Awaitility;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the guard costs an exchange: the difference between {@link #guarded} and {@link #bare}. The authority is the real view of a real service,
 * so that it includes the volatile read and the clock.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH calls the set-up before anything else
public class GuardBenchmark {

    private CamelContext context;
    private ManualClusterService service;
    private LeadershipView view;
    private AsyncProcessor route;
    private AdmissionGuard plain;
    private AdmissionGuard withHeaders;
    private LocalClusterService leases;
    private LeadershipView leaseView;
    private AdmissionGuard byLease;
    private Exchange exchange;
    private AsyncCallback callback;
    private long callbacks;

    @Setup(Level.Trial)
    public void setUp() {
        context = new DefaultCamelContext();
        context.start();
        service = new ManualClusterService("member1");
        service.start();
        view = service.getView("lock1");
        service.gain("lock1");
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(view::isLeader);
        route = new Route();
        plain = guard(view, false);
        withHeaders = guard(view, true);
        leases = new LocalClusterService("guard benchmark");
        leases.start();
        leaseView = leases.getView("lock1");
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(leaseView::isLeader);
        byLease = guard(leaseView, false);
        exchange = new DefaultExchange(context);
        callback = doneSync -> callbacks++;
    }

    private AdmissionGuard guard(LeadershipView of, boolean headers) {
        return new AdmissionGuard(
                route,
                route,
                Authority.of(of),
                TenureStamp.of("lock1", new Tenure(1, 1_795_000_000_000L, Instant.EPOCH)),
                new MasterOptions(MasterGuard.WAIT, headers),
                Runnable::run,
                PluginHelper.getAsyncProcessorAwaitManager(context));
    }

    @TearDown(Level.Trial)
    public void tearDown() {
        leases.stop();
        service.stop();
        context.stop();
    }

    /** The route alone. */
    @Benchmark
    public boolean bare() {
        return route.process(exchange, callback);
    }

    /** The authority alone. */
    @Benchmark
    public boolean isLeader() {
        return view.isLeader();
    }

    /** The route behind the guard. */
    @Benchmark
    public boolean guarded() {
        return plain.process(exchange, callback);
    }

    /** The route behind the guard, which also sets the three headers. */
    @Benchmark
    public boolean guardedWithHeaders() {
        return withHeaders.process(exchange, callback);
    }

    /** The authority of a lease alone: both clocks of the machine count. */
    @Benchmark
    public boolean isLeaderByLease() {
        return leaseView.isLeader();
    }

    /** The route behind the guard, with a lease. */
    @Benchmark
    public boolean guardedByLease() {
        return byLease.process(exchange, callback);
    }

    private static final class Route implements AsyncProcessor {
        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            callback.done(true);
            return true;
        }

        @Override
        public void process(Exchange exchange) {
            process(exchange, done -> {});
        }

        @Override
        public CompletableFuture<Exchange> processAsync(Exchange exchange) {
            process(exchange);
            return CompletableFuture.completedFuture(exchange);
        }
    }
}
