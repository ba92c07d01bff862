package io.github.camelmasterlite.master;

import static io.github.camelmasterlite.master.MasterFixture.SOON;
import static io.github.camelmasterlite.master.MasterFixture.stays;
import static io.github.camelmasterlite.master.MasterFixture.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.ShutdownRunningTask;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.seda.SedaEndpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Components of Camel behind {@code master:}. */
class MasterDelegatesTest {

    private final MasterFixture fixture = new MasterFixture();
    private final List<String> bodies = new CopyOnWriteArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);

    @TempDir
    Path folder;

    @AfterEach
    void stop() {
        gate.countDown();
        fixture.close();
    }

    private void route(String from) {
        fixture.route("route1", from, exchange -> bodies.add(exchange.getIn().getBody(String.class)));
    }

    private void gain() {
        fixture.service.gain("lock1");
    }

    private void lose() {
        fixture.service.lose("lock1");
        until(() -> !fixture.service.isLeader("lock1"));
    }

    private void write(String name) throws IOException {
        Files.writeString(folder.resolve(name), name);
    }

    private List<String> left() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    /** Fault 22: a timer started while the context starts never fires. */
    @Test
    void aTimerFiresThoughItsLockWasGainedWhileTheContextStarted() {
        fixture.routes(new RouteBuilder() {
            @Override
            public void configure() {
                // The service is up before the consumers of the routes are: the gain falls into the start of the
                // context.
                from("master:lock1:timer:clock?period=20&delay=0")
                        .routeId("route1")
                        .startupOrder(1)
                        .process(exchange -> bodies.add("tick"));
                from("slow:x").startupOrder(2).process(exchange -> {});
            }
        });
        RecordingComponent slow = new RecordingComponent();
        slow.startGate = gate;
        fixture.context.addComponent("slow", slow);
        CompletableFuture<Void> started = CompletableFuture.runAsync(fixture.context::start);
        until(() -> slow.log.contains("start#1"));
        gain();
        until(() -> fixture.service.isLeader("lock1"));
        gate.countDown();

        assertThat(started).succeedsWithin(SOON);
        until(() -> bodies.size() > 3);
    }

    @Test
    void aTimerRunsOnlyWhileLeading() {
        route("master:lock1:timer:clock?period=10&delay=0");
        fixture.start();
        stays(bodies::isEmpty);
        gain();
        until(() -> bodies.size() > 3);
        lose();
        until(() -> fixture.service.isReleased("lock1"));
        int fired = bodies.size();
        stays(() -> bodies.size() == fired);
        gain();
        until(() -> bodies.size() > fired);
    }

    /** Fault 23, second half: seda drops its queue with its endpoint. */
    @Test
    void aQueueKeepsItsMessagesAcrossTenures() {
        route("master:lock1:seda:queue?pollTimeout=10");
        fixture.start();
        ProducerTemplate producer = fixture.context.createProducerTemplate();
        gain();
        producer.sendBody("seda:queue?pollTimeout=10", "a");
        until(() -> bodies.equals(List.of("a")));
        lose();
        until(() -> fixture.service.isReleased("lock1"));
        producer.sendBody("seda:queue?pollTimeout=10", "b");
        SedaEndpoint queue = fixture.context.getEndpoint("seda:queue?pollTimeout=10", SedaEndpoint.class);
        stays(() -> queue.getCurrentQueueSize() == 1 && bodies.size() == 1);

        gain();

        until(() -> bodies.equals(List.of("a", "b")));
    }

    @Test
    void aQueueIsWorkedOffBeforeItsRouteStops() throws Exception {
        route("master:lock1:seda:queue?pollTimeout=10");
        fixture.start();
        ProducerTemplate producer = fixture.context.createProducerTemplate();
        for (int i = 0; i < 50; i++) {
            producer.sendBody("seda:queue?pollTimeout=10", i);
        }
        gain();
        until(() -> !bodies.isEmpty());

        fixture.context.getRouteController().stopRoute("route1");

        assertThat(bodies).hasSize(50);
    }

    /** The batch asks deferShutdown, which has to reach it, what to do: finish all files ... */
    @Test
    void aBatchOfFilesRunsToItsEndWhenItsRouteIsToCompleteAllTasks() throws Exception {
        stopDuringABatchOf20Files(ShutdownRunningTask.CompleteAllTasks);

        assertThat(bodies).hasSize(20);
        assertThat(left()).isEmpty();
    }

    /** ... or only the present one. */
    @Test
    void aBatchOfFilesEndsWithThePresentOneByDefault() throws Exception {
        stopDuringABatchOf20Files(ShutdownRunningTask.CompleteCurrentTaskOnly);

        assertThat(bodies).hasSize(1);
        assertThat(left()).hasSize(19).noneMatch(name -> name.endsWith(".camelLock"));
    }

    private void stopDuringABatchOf20Files(ShutdownRunningTask task) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        for (int i = 0; i < 20; i++) {
            write("file" + i);
        }
        fixture.routes(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:lock1:file:" + folder + "?delay=10&initialDelay=0")
                        .routeId("route1")
                        .shutdownRunningTask(task)
                        .process(exchange -> {
                            begun.countDown();
                            assertThat(gate.await(20, TimeUnit.SECONDS)).isTrue();
                            bodies.add(exchange.getIn().getBody(String.class));
                        });
            }
        });
        fixture.start();
        gain();
        assertThat(begun.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> {
            try {
                fixture.context.getRouteController().stopRoute("route1");
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        stays(() -> !stopped.isDone());

        gate.countDown();

        assertThat(stopped).succeedsWithin(SOON);
    }

    @Test
    void aRefusedFileStaysAndIsNotLocked() throws Exception {
        fixture.route(
                "route1", "master:lock1:file:" + folder + "?delay=60000&initialDelay=0&master.guard=wait", exchange -> {
                    bodies.add(exchange.getIn().getBody(String.class));
                    if (!gate.await(20, TimeUnit.SECONDS)) {
                        throw new IllegalStateException("the test forgot to open the gate");
                    }
                });
        write("a");
        write("b");
        fixture.start();
        gain();
        until(() -> bodies.size() == 1);
        fixture.service.suspendAuthority("lock1");
        until(() -> !fixture.service.isLeader("lock1"));
        // The first file was admitted and ends; the second, already polled, waits for a verdict that does not come.
        gate.countDown();
        until(() -> fixture.consumer("route1").getPendingExchangesSize() > 0);
        lose();

        until(() -> fixture.service.isReleased("lock1"));
        assertThat(bodies).hasSize(1);
        String refused = bodies.get(0).equals("a") ? "b" : "a";
        until(() -> left().equals(List.of(refused)));

        // and the next tenure takes it
        gain();
        until(() -> bodies.size() == 2);
        assertThat(bodies.get(1)).isEqualTo(refused);
        until(() -> left().isEmpty());
    }

    @Test
    void aDirectCallerGetsItsAnswerThroughTheGuard() {
        fixture.routes(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:lock1:direct:in")
                        .routeId("route1")
                        .setBody(simple("${body} by ${header.CamelMasterLock}"));
            }
        });
        fixture.start();
        gain();
        until(() -> Objects.requireNonNull(fixture.consumer("route1").phase()) == DelegateLifecycle.Phase.RUNNING);

        Object answer = fixture.context.createProducerTemplate().requestBody("direct:in", "done");

        assertThat(answer).isEqualTo("done by lock1");
    }
}
