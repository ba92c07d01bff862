package io.github.camelmasterlite.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.camelmasterlite.election.Effect;
import io.github.camelmasterlite.election.Election;
import io.github.camelmasterlite.election.Event;
import io.github.camelmasterlite.election.Moment;
import io.github.camelmasterlite.election.Phase;
import io.github.camelmasterlite.election.Standing;
import io.github.camelmasterlite.election.Tenure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ElectionLoopTest {

    private final VirtualTicker ticker = new VirtualTicker(Long.MAX_VALUE - 3_000_000_000L);
    private final AtomicInteger wakes = new AtomicInteger();
    private final ElectionLoop loop = new ElectionLoop(ticker, wakes::incrementAndGet);

    @Test
    void eventsAreHandledInTheOrderOfTheirArrival() {
        Scripted scripted = new Scripted();
        Seat seat = loop.add("lock1", scripted, scripted);
        seat.stand();
        seat.resign(5);
        seat.workStopped(7);
        assertThat(scripted.events).isEmpty();
        loop.runReady();
        assertThat(scripted.events)
                .containsExactly(new Event.Stand<>(), new Event.Resign<>(5), new Event.WorkStopped<>(7));
        assertThat(wakes).hasValue(3);
    }

    @Test
    void deadlinesAreKeptAcrossTheOverflowOfTheClock() {
        Scripted scripted = new Scripted();
        loop.add("lock1", scripted, scripted).stand();
        scripted.deadline = ticker.nanos() + Duration.ofSeconds(4).toNanos(); // past the overflow
        for (int i = 0; i < 4; i++) {
            loop.runReady();
            ticker.advance(Duration.ofMillis(990));
        }
        assertThat(scripted.events).containsExactly(new Event.Stand<>());
        ticker.advance(Duration.ofMillis(100));
        scripted.onEvent = event -> scripted.deadline = null;
        loop.runReady();
        assertThat(scripted.events).containsExactly(new Event.Stand<>(), new Event.Tick<>());
    }

    @Test
    void itNeverSleepsLongerThanHalfASecond() {
        assertThat(loop.runReady()).isEqualTo(ElectionLoop.MAX_SLEEP_NANOS);
        Scripted scripted = new Scripted();
        loop.add("lock1", scripted, scripted).stand();
        scripted.deadline = ticker.nanos() + Duration.ofMillis(20).toNanos();
        assertThat(loop.runReady()).isEqualTo(Duration.ofMillis(20).toNanos());
        scripted.deadline = ticker.nanos() + Duration.ofSeconds(20).toNanos();
        loop.observed("lock1", "look");
        assertThat(loop.runReady()).isEqualTo(ElectionLoop.MAX_SLEEP_NANOS);
    }

    @Test
    void aGapOfTwoSecondsIsAPauseAndComesBeforeAnythingElse() {
        Scripted scripted = new Scripted();
        loop.add("lock1", scripted, scripted).stand();
        loop.runReady();
        ticker.advance(Duration.ofMillis(1_999));
        loop.runReady();
        assertThat(scripted.events).containsExactly(new Event.Stand<>());
        ticker.advance(Duration.ofSeconds(2));
        loop.observed("lock1", "look");
        loop.runReady();
        assertThat(scripted.events)
                .containsExactly(
                        new Event.Stand<>(),
                        new Event.Paused<>(Duration.ofSeconds(2).toNanos()),
                        new Event.Observed<>("look"));
    }

    @Test
    void equalHintsThatWaitAreMergedAndLaterOnesAreNot() {
        Scripted scripted = new Scripted();
        loop.add("lock1", scripted, scripted);
        loop.observed("lock1", "look");
        loop.observed("lock1", "look");
        loop.observedAll("look");
        loop.observed("lock1", "other");
        loop.observed("unknown", "look");
        loop.runReady();
        assertThat(scripted.events).containsExactly(new Event.Observed<>("look"), new Event.Observed<>("other"));
        loop.observed("lock1", "look");
        loop.runReady();
        assertThat(scripted.events).hasSize(3);
    }

    @Test
    void anExceptionInTheRulesOfOneLockEndsNeitherItsElectionNorTheOthers() {
        Scripted broken = new Scripted();
        Scripted sound = new Scripted();
        Seat brokenSeat = loop.add("broken", broken, broken);
        Seat soundSeat = loop.add("sound", sound, sound);
        broken.onEvent = event -> {
            throw new IllegalStateException("on purpose");
        };
        brokenSeat.stand();
        soundSeat.stand();
        loop.runReady();
        assertThat(sound.events).containsExactly(new Event.Stand<>());
        assertThat(loop.failures()).isEqualTo(1);
        broken.onEvent = event -> {};
        ticker.advance(Duration.ofMillis(501));
        loop.runReady();
        assertThat(broken.events).containsExactly(new Event.Stand<>(), new Event.Tick<>());
    }

    @Test
    void anErrorOfAListenerSideOutputIsSurvivedToo() {
        Scripted scripted = new Scripted();
        scripted.publishFails = true;
        scripted.effects = List.of(new Effect.Publish<>(Standing.outside("lock1", "me"), "why"));
        scripted.phase = Phase.FOLLOWING;
        Seat seat = loop.add("lock1", scripted, scripted);
        seat.stand();
        seat.resign(1);
        loop.runReady();
        assertThat(scripted.events).hasSize(2);
        assertThat(loop.failures()).isEqualTo(2);
    }

    @Test
    void aCallThatIsNotAnsweredIsReportedOnceAndMayStillBeAnswered() {
        Scripted scripted = new Scripted();
        scripted.effects =
                List.of(new Effect.Call<>(1, "read", Duration.ofSeconds(1).toNanos()));
        loop.add("lock1", scripted, scripted).stand();
        loop.runReady();
        scripted.effects = List.of();
        ticker.advance(Duration.ofMillis(999));
        loop.runReady();
        assertThat(scripted.events).hasSize(1);
        ticker.advance(Duration.ofMillis(1));
        loop.runReady();
        loop.runReady();
        assertThat(scripted.events)
                .containsExactly(
                        new Event.Stand<>(),
                        new Event.Overdue<>(1, Duration.ofSeconds(1).toNanos()));
        scripted.replies.get(0).complete("late");
        loop.runReady();
        assertThat(scripted.events).last().isEqualTo(new Event.Reply<>(1, "late"));
    }

    @Test
    void aCallThatFailsOrThrowsIsAnEventLikeAnyOther() {
        Scripted scripted = new Scripted();
        scripted.effects = List.of(new Effect.Call<>(1, "read", 1_000));
        Seat seat = loop.add("lock1", scripted, scripted);
        seat.stand();
        loop.runReady();
        scripted.effects = List.of();
        scripted.replies.get(0).completeExceptionally(new IllegalStateException("down"));
        loop.runReady();
        assertThat(scripted.events).last().isInstanceOf(Event.Failed.class);
        scripted.callsThrow = true;
        scripted.effects = List.of(new Effect.Call<>(2, "read", 1_000));
        seat.stand();
        scripted.onEvent = event -> {
            if (event instanceof Event.Failed) {
                scripted.effects = List.of();
            }
        };
        loop.runReady();
        assertThat(scripted.events).last().isInstanceOf(Event.Failed.class);
    }

    @Test
    void callsThatAreNeverAnsweredDoNotFillTheMemory() {
        Scripted scripted = new Scripted();
        loop.add("lock1", scripted, scripted).stand();
        long timeoutNanos = Duration.ofMillis(10).toNanos();
        int calls = 500_000;
        long before = usedBytes();
        for (int i = 0; i < calls; i++) {
            scripted.effects = List.of(new Effect.Call<>(i, "read", timeoutNanos));
            loop.runReady();
            ticker.advance(Duration.ofMillis(10));
            scripted.replies.clear();
            scripted.events.clear();
        }
        assertThat(usedBytes() - before).as("bytes kept after %d calls", calls).isLessThan(10_000_000);
        assertThat(loop.failures()).isZero();
    }

    private static long usedBytes() {
        Runtime runtime = Runtime.getRuntime();
        System.gc();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    @Test
    void anEffectThatCannotBeCarriedOutDoesNotTakeTheOthersWithIt() {
        Scripted scripted = new Scripted();
        Tenure tenure = new Tenure(1, 1, Instant.EPOCH);
        scripted.publishFails = true;
        scripted.effects = List.of(
                new Effect.Publish<>(Standing.outside("lock1", "me"), "why"),
                new Effect.StopWork<>(tenure),
                new Effect.Call<>(1, "read", 1_000));
        loop.add("lock1", scripted, scripted).stand();
        loop.runReady();
        assertThat(scripted.toldToStop).containsExactly(tenure);
        assertThat(scripted.replies).hasSize(1);
        assertThat(loop.failures()).isEqualTo(1);
    }

    @Test
    void newsWithoutEndDoesNotKeepTheDeadlinesOfOthersWaiting() {
        Scripted busy = new Scripted();
        Scripted sound = new Scripted();
        Seat busySeat = loop.add("busy", busy, busy);
        loop.add("sound", sound, sound).stand();
        sound.deadline = ticker.nanos() + Duration.ofMillis(20).toNanos();
        List<Integer> newsBeforeTick = new ArrayList<>();
        busy.onEvent = event -> {
            ticker.advance(Duration.ofMillis(1));
            if (busy.events.size() < 1_000) {
                busySeat.stand();
            }
        };
        sound.onEvent = event -> {
            if (event instanceof Event.Tick) {
                newsBeforeTick.add(busy.events.size());
                sound.deadline = null;
            }
        };
        busySeat.stand();
        loop.runReady();
        assertThat(busy.events).hasSize(1_000);
        assertThat(newsBeforeTick)
                .singleElement()
                .satisfies(count -> assertThat(count).isBetween(20, 22));
    }

    @Test
    void newsWithoutEndDoesNotKeepPeopleWaitingNorFillTheMemory() {
        Scripted busy = new Scripted();
        Seat seat = loop.add("busy", busy, busy);
        List<Integer> newsBeforeReport = new ArrayList<>();
        busy.effects = List.of(new Effect.Publish<>(busy.standing(), "on purpose"));
        busy.onReported = standing -> newsBeforeReport.add(busy.events.size());
        busy.onEvent = event -> {
            if (busy.events.size() < 3_000) {
                seat.stand();
            }
        };
        seat.stand();
        loop.runReady();
        assertThat(newsBeforeReport).hasSize(3_000);
        assertThat(newsBeforeReport.get(0)).isLessThanOrEqualTo(1_000);
    }

    @Test
    void aPauseInTheMiddleOfTheWorkIsAPauseToo() {
        Scripted scripted = new Scripted();
        Seat seat = loop.add("lock1", scripted, scripted);
        seat.stand();
        scripted.onEvent = event -> {
            if (event instanceof Event.Stand) {
                ticker.advance(Duration.ofSeconds(3));
            }
        };
        seat.workStopped(1);
        loop.runReady();
        loop.runReady();
        assertThat(scripted.events)
                .containsExactly(
                        new Event.Stand<>(),
                        new Event.Paused<>(Duration.ofSeconds(3).toNanos()),
                        new Event.WorkStopped<>(1));
    }

    @Test
    void aStoppedElectionIsToldOnceAndHearsNothingMore() {
        Scripted scripted = new Scripted();
        Seat seat = loop.add("lock1", scripted, scripted);
        assertThat(loop.isIdle()).isFalse();
        scripted.phase = Phase.STOPPED;
        seat.withdraw();
        seat.stand();
        loop.observed("lock1", "look");
        loop.runReady();
        assertThat(scripted.events).containsExactly(new Event.Withdraw<>());
        assertThat(scripted.endedCount).isEqualTo(1);
        assertThat(scripted.closedCount).isEqualTo(1);
        assertThat(seat.ended()).isDone();
        assertThat(loop.isIdle()).isTrue();
    }

    @Test
    void theLastElectionHasEndedOnlyWhenPeopleHaveBeenToldOfIt() {
        Scripted scripted = new Scripted();
        Seat seat = loop.add("lock1", scripted, scripted);
        List<Boolean> idleWhenTold = new ArrayList<>();
        scripted.onReported = now -> {
            assertThat(now.phase()).isEqualTo(Phase.STOPPED);
            idleWhenTold.add(loop.isIdle());
        };
        scripted.phase = Phase.STOPPED;
        scripted.effects = List.of(new Effect.Publish<>(scripted.standing(), "withdrawn"));
        seat.withdraw();
        loop.runReady();
        assertThat(loop.failures()).isZero();
        assertThat(idleWhenTold).containsExactly(false);
        assertThat(loop.isIdle()).isTrue();
    }

    @Test
    void commandsAreBoundedAndTheRefusalSaysSo() {
        Scripted scripted = new Scripted();
        Seat seat = loop.add("lock1", scripted, scripted);
        for (int i = 0; i < ElectionLoop.MAX_COMMANDS; i++) {
            seat.stand();
        }
        assertThatThrownBy(seat::stand)
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessageContaining("lock1")
                .hasMessageContaining(String.valueOf(ElectionLoop.MAX_COMMANDS));
        seat.workStopped(1); // never refused: a lock would be kept for ever
        loop.runReady();
        assertThat(scripted.events).hasSize(ElectionLoop.MAX_COMMANDS + 1);
        seat.stand();
    }

    /** An election that does what the test says and remembers what it was told. */
    private static final class Scripted implements Backend.Candidate<String, String>, Election<String, String>, Output {
        private final List<Event<String>> events = new ArrayList<>();
        private final List<CompletableFuture<String>> replies = new ArrayList<>();
        private List<Effect<String>> effects = List.of();
        private Consumer<Event<String>> onEvent = event -> {};
        private Consumer<Standing> onReported = now -> {};
        private @Nullable Long deadline;
        private Phase phase = Phase.FOLLOWING;
        private boolean callsThrow;
        private boolean publishFails;
        private final List<Tenure> toldToStop = new ArrayList<>();
        private int endedCount;
        private int closedCount;

        @Override
        public Election<String, String> election() {
            return this;
        }

        @Override
        public CompletionStage<String> perform(String command) {
            if (callsThrow) {
                throw new IllegalStateException("on purpose");
            }
            CompletableFuture<String> reply = new CompletableFuture<>();
            replies.add(reply);
            return reply;
        }

        @Override
        public void close() {
            closedCount++;
        }

        @Override
        public List<Effect<String>> on(Event<String> event, Moment now) {
            events.add(event);
            onEvent.accept(event);
            return effects;
        }

        @Override
        public @Nullable Long deadlineNanos() {
            return deadline;
        }

        @Override
        public Standing standing() {
            return new Standing("lock1", "me", phase, null, 0, null, null);
        }

        @Override
        public void published(Standing standing) {
            if (publishFails) {
                throw new IllegalStateException("on purpose");
            }
        }

        @Override
        public void reported(Standing standing, String reason, Moment at) {
            onReported.accept(standing);
        }

        @Override
        public void startWork(Tenure tenure) {}

        @Override
        public void stopWork(Tenure tenure) {
            toldToStop.add(tenure);
        }

        @Override
        public void ended() {
            endedCount++;
        }
    }
}
