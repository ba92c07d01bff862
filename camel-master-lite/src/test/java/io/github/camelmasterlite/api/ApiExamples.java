package io.github.camelmasterlite.api;

import io.github.camelmasterlite.cluster.Leader;
import io.github.camelmasterlite.cluster.Leadership;
import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.LeaseClusterService;
import io.github.camelmasterlite.cluster.NotLeaderException;
import io.github.camelmasterlite.cluster.WorkListener;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.master.MasterConstants;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.cluster.CamelClusterService;

/** The code in docs/api.md, which is copied from here by a test. What lies between two marks is one piece. */
final class ApiExamples {

    private ApiExamples() {}

    /** Any component. */
    interface Component {
        void start(long fencingToken) throws Exception;

        void stop();
    }

    /** Whatever refuses a token that is lower than the highest it has seen. */
    interface Table {
        void write(String row, long fencingToken);
    }

    static Leader component(CamelClusterService service, Component component) {
        // piece: component
        Leader leader = Leader.of(service, "lock2")
                .onGain(authority -> component.start(authority.fencingToken()))
                .onLoss(authority -> component.stop()) // the lock is released after it has returned
                .start();
        // piece: end
        return leader;
    }

    static Leader loop(CamelClusterService service, BlockingQueue<String> queue, Table table) {
        // piece: loop
        Leader leader = Leader.of(service, "lock3")
                .onGain(authority -> {
                    while (authority.isHeld()) {
                        String row = queue.take(); // interrupted when the authority ends
                        authority.check(); // leaves by an exception if this member no longer leads
                        table.write(row, authority.fencingToken()); // and the table refuses a former leader
                    }
                })
                .start();
        // piece: end
        return leader;
    }

    static String ask(Leader leader) {
        // piece: ask
        if (leader.isLeader()) {
            return "leading under token " + leader.fencingToken();
        }
        try {
            leader.check();
        } catch (NotLeaderException e) {
            return "this member does not lead " + e.getLock();
        }
        // piece: end
        return "leading by now";
    }

    static String view(CamelClusterService service) throws Exception {
        // piece: view
        LeadershipView view = LeadershipView.of(service.getView("lock1")).orElseThrow();
        Leadership now = view.leadership(); // one consistent snapshot, without I/O
        String told = now.isLeader() ? "token " + now.fencingToken() : "led by " + now.leader();
        view.resign(Duration.ofMinutes(1)); // steps down in order; others go first
        service.releaseView(view); // as often as it was got
        // piece: end
        return told;
    }

    // piece: listener
    static final class Job implements WorkListener {

        private volatile CompletableFuture<Void> ended = CompletableFuture.completedFuture(null);

        @Override
        public void startWork(LeadershipView view, Tenure tenure) {
            ended = CompletableFuture.runAsync(() -> {
                while (view.isLeader()) {
                    Thread.onSpinWait(); // work
                }
            });
        }

        @Override
        public void stopWork(LeadershipView view, Tenure tenure) {
            // view.isLeader() is false from here on
        }

        @Override
        public CompletionStage<?> workEnded() {
            return ended; // the lock is not released before
        }
    }
    // piece: end

    static RouteBuilder route(Table table) {
        return new RouteBuilder() {
            @Override
            public void configure() {
                // piece: route
                from("master:lock1:timer:clock?period=100").process(exchange -> {
                    Long token = exchange.getMessage().getHeader(MasterConstants.FENCING_TOKEN, Long.class);
                    table.write("row", token == null ? 0 : token); // null: a service without tokens
                });
                // piece: end
            }
        };
    }

    static LeaseClusterService store(LeaseStore store) {
        // piece: store
        LeaseClusterService service = new LeaseClusterService(store);
        service.setId("member-1"); // differs between members
        service.setLeaseDurationMillis(15_000);
        // piece: end
        return service;
    }
}
