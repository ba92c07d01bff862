package io.github.camelmasterlite.master;

import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.LocalClusterService;
import io.github.camelmasterlite.cluster.ManualClusterService;
import io.github.camelmasterlite.election.Tenure;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.PluginHelper;
import org.awaitility.Awaitility;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What the guard takes of the rate of a route that is busy: one thread delivers exchange after exchange to a real route, each of which works for
 * {@link #work} units. The loss in percent is {@code 100 * (1 - guarded / bare)}, from two lines of one run.
 *
 * <p>{@code work} is what a processor of the route consumes. The default lets the whole route, with what Camel adds, take about a microsecond on the
 * machine of docs/measurements.md, so that {@link #bare} is about 1,000 exchanges per millisecond; elsewhere choose it with {@code -p work=N}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH calls the set-up before anything else
public class GuardRateBenchmark {

    /** How much an exchange works, in the units of {@link Blackhole#consumeCPU}. */
    @Param("300")
    public long work;

    private DefaultCamelContext context;
    private ManualClusterService service;
    private LocalClusterService leases;
    private DefaultConsumer consumer;
    private AsyncProcessor route;
    private AdmissionGuard plain;
    private AdmissionGuard byLease;
    private AdmissionGuard byLeaseWithHeaders;
    private AsyncCallback callback;
    private long callbacks;

    @Setup(Level.Trial)
    public void setUp() throws Exception {
        context = new DefaultCamelContext();
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:x").routeId("route1").process(exchange -> Blackhole.consumeCPU(work));
            }
        });
        context.start();
        consumer = (DefaultConsumer)
                Objects.requireNonNull(context.getRoute("route1")).getConsumer();
        route = consumer.getAsyncProcessor();
        service = new ManualClusterService("member1");
        service.start();
        LeadershipView view = service.getView("lock1");
        service.gain("lock1");
        leases = new LocalClusterService("guard rate benchmark");
        leases.start();
        LeadershipView leaseView = leases.getView("lock1");
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> view.isLeader() && leaseView.isLeader());
        plain = guard(view, false);
        byLease = guard(leaseView, false);
        byLeaseWithHeaders = guard(leaseView, true);
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

    private boolean deliverTo(AsyncProcessor processor) {
        Exchange exchange = consumer.createExchange(true);
        return processor.process(exchange, callback);
    }

    /** The route as its consumer has it without a lock. */
    @Benchmark
    public boolean bare() {
        return deliverTo(route);
    }

    /** Behind the guard of a lock whose authority needs one clock, as that of a file does. */
    @Benchmark
    public boolean guarded() {
        return deliverTo(plain);
    }

    /** Behind the guard of a lease. */
    @Benchmark
    public boolean guardedByLease() {
        return deliverTo(byLease);
    }

    /** Behind the guard of a lease, with the headers of the tenure: the default. */
    @Benchmark
    public boolean guardedByLeaseWithHeaders() {
        return deliverTo(byLeaseWithHeaders);
    }
}
