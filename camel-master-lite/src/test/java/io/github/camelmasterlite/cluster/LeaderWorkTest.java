package io.github.camelmasterlite.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.engine.Threads;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The orders of events that views produce by chance only. */
class LeaderWorkTest {

    private static final Duration BOUND = Duration.ofSeconds(10);

    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final LeaderWork work = new LeaderWork(
            "lock1",
            authority -> calls.add("gain"),
            authority -> calls.add("loss"),
            Duration.ofSeconds(5),
            true,
            Duration.ofSeconds(2),
            new Threads(() -> "leader-work-test"));

    private static final class Granted implements LeaderWork.Grant {
        final AtomicInteger asked = new AtomicInteger();
        final CompletableFuture<Boolean> verdict = new CompletableFuture<>();
        volatile boolean held = true;

        @Override
        public Tenure tenure() {
            return new Tenure(1, 1, Instant.EPOCH);
        }

        @Override
        public boolean isHeld() {
            return held;
        }

        @Override
        public CompletionStage<Boolean> verdict() {
            asked.incrementAndGet();
            return verdict;
        }

        @Override
        public boolean resign(Duration coolDown) {
            return true;
        }
    }

    @Test
    void anEndThatIsHeardOfBeforeItsBeginningIsNotForgotten() {
        Granted grant = new Granted();
        grant.verdict.complete(true);

        work.end(grant);
        work.begin(grant);

        assertThat(grant.asked).hasValue(0);
        assertThat(work.ended()).isCompleted();
    }

    @Test
    void aTenureThatIsRefusedIsNotAskedAboutAgain() {
        Granted grant = new Granted();
        grant.held = false;
        grant.verdict.complete(false);

        work.begin(grant);

        assertThat(grant.asked).hasValue(1);
        assertThat(work.ended()).isCompleted();
        work.end(grant);
        assertThat(calls).isEmpty();
    }

    @Test
    void aTenureThatIsConfirmedAfterItsEndIsNotWorkedUnder() {
        Granted grant = new Granted();
        work.begin(grant);
        CompletableFuture<Void> ended = work.ended();
        assertThat(ended).isNotCompleted();

        work.end(grant);
        assertThat(ended).isCompleted();
        grant.verdict.complete(true);

        Granted next = new Granted();
        next.verdict.complete(true);
        work.begin(next);
        await().atMost(BOUND).until(() -> calls.equals(List.of("gain")));
        assertThat(work.close()).succeedsWithin(BOUND);
        assertThat(calls).containsExactly("gain", "loss");
    }

    @Test
    void aLaterTenureBeginsWhenTheWorkOfTheFormerHasEnded() {
        Granted former = new Granted();
        former.verdict.complete(true);
        Granted next = new Granted();
        next.verdict.complete(true);
        work.begin(former);
        await().atMost(BOUND).until(() -> calls.size() == 1);

        work.begin(next);
        assertThat(next.asked).hasValue(0);
        work.end(former);

        await().atMost(BOUND).until(() -> calls.size() == 3);
        assertThat(calls).containsExactly("gain", "loss", "gain");
        assertThat(work.close()).succeedsWithin(BOUND);
    }
}
