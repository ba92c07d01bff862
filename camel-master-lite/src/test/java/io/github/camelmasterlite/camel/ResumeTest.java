package io.github.camelmasterlite.camel;

import static io.github.camelmasterlite.camel.Members.routes;
import static io.github.camelmasterlite.camel.Members.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.camel.Members.Kind;
import io.github.camelmasterlite.camel.Members.Member;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.processor.resume.TransientResumeStrategy;
import org.apache.camel.resume.ResumeAdapter;
import org.apache.camel.resume.ResumeStrategy;
import org.apache.camel.support.resume.ResumeActionAwareAdapter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Resume strategies of routes whose consumer runs behind {@code master:}. */
class ResumeTest {

    private final Members members = new Members(Kind.LOCAL);

    @TempDir
    Path folder;

    @AfterEach
    void stop() {
        members.close();
    }

    /** Keeps what it is given, as strategies do that store offsets. */
    private static final class Recording extends TransientResumeStrategy {

        final List<String> loads = new CopyOnWriteArrayList<>();
        private volatile @Nullable ResumeAdapter adapter;

        Recording() {
            super(new ResumeActionAwareAdapter());
        }

        @Override
        public void setAdapter(ResumeAdapter adapter) {
            this.adapter = adapter;
        }

        @Override
        public ResumeAdapter getAdapter() {
            ResumeAdapter set = adapter;
            return set == null ? super.getAdapter() : set;
        }

        @Override
        public void loadCache() {
            loads.add(getAdapter().getClass().getSimpleName());
        }
    }

    private void route(Member member, String from, ResumeStrategy strategy, List<String> bodies) throws Exception {
        member.routes(routes(r -> r.from(from)
                .routeId("a")
                .resumable(strategy)
                .process(exchange -> bodies.add(exchange.getIn().getBody(String.class)))));
    }

    /** camel-file has an adapter of its own, and none for components in general. */
    @Test
    void aConsumerOfFilesHasTheStrategyOfItsRouteAndItsOwnAdapterInEachTenure() throws Exception {
        Recording strategy = new Recording();
        List<String> bodies = new CopyOnWriteArrayList<>();
        Member member = members.member("one");
        route(member, "master:lock1:file:" + folder + "?delay=10&initialDelay=0&noop=true", strategy, bodies);
        member.start();
        Files.writeString(folder.resolve("a"), "a");

        // A strategy that knows no offset leaves the file for the next poll, which comes soon.
        until(() -> bodies.contains("a"));
        assertThat(strategy.loads).containsExactly("FileResumeAdapterDelegate");

        member.resign("lock1", Duration.ZERO);
        until(() -> strategy.loads.size() == 2);
        assertThat(strategy.loads).containsOnly("FileResumeAdapterDelegate");
        until(() -> member.service.isLeader("lock1"));
    }

    @Test
    void aConsumerThatKnowsNoResumptionStartsAllTheSameAsWithoutMaster() throws Exception {
        List<String> bodies = new CopyOnWriteArrayList<>();
        Member member = members.member("one");
        route(member, "master:lock1:timer:t?delay=0&period=10", new Recording(), bodies);
        member.start();
        until(() -> !bodies.isEmpty());
    }
}
