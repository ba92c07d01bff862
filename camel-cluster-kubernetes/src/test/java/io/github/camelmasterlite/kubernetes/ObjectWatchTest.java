package io.github.camelmasterlite.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.camelmasterlite.engine.VirtualTicker;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The table of {@link ObjectWatch}, on a clock and a server that do what they are told. */
class ObjectWatchTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    private final VirtualTicker ticker = new VirtualTicker(Long.MAX_VALUE - 1_000_000);
    private final Script server = new Script();
    private final List<String> told = new ArrayList<>();
    private boolean ticks;
    private final ObjectWatch watch =
            new ObjectWatch(server, "selector", TIMEOUT, new Told(), ticker, new SplittableRandom(1));

    // ---- the way it goes

    @Test
    void listsAndWatchesFromTheVersionOfTheList() {
        open();
        assertThat(server.asked).containsExactly("list selector", "watch selector from 10");
        assertThat(told).containsExactly("listed [a@7]", "live");
    }

    @Test
    void reportsWhatTheWatchReports() {
        open();
        told.clear();
        server.event("ADDED", "b", 11);
        server.event("MODIFIED", "a", 12);
        server.event("BOOKMARK", "", 13);
        server.event("DELETED", "a", 14);
        assertThat(told).containsExactly("changed b@11", "changed a@12", "removed a@14");
    }

    @Test
    void isOpenedAgainAtOnceFromTheLastVersionWhenTheServerEndsItAfterAWhile() {
        open();
        server.event("BOOKMARK", "", 30);
        pass(Duration.ofMinutes(1));
        server.end(null);
        watch.tick();
        assertThat(server.asked).last().isEqualTo("watch selector from 30");
        server.opened();
        assertThat(told).containsExactly("listed [a@7]", "live");
    }

    @Test
    void waitsALittleWhenTheServerEndsItAgainAndAgain() {
        open();
        for (int i = 0; i < 20; i++) {
            server.end(null);
            long before = server.asked.size();
            watch.tick();
            assertThat(server.asked).as("without a pause").hasSize((int) before);
            pass(Duration.ofSeconds(5));
            watch.tick();
            assertThat(server.asked).hasSize((int) before + 1);
            server.opened();
        }
    }

    // ---- errors

    @Test
    void oneErrorIsNoReasonToLookForOneself() {
        open();
        server.end(new IOException("connection reset"));
        pass(Duration.ofMillis(100));
        watch.tick();
        server.opened();
        assertThat(server.asked).last().isEqualTo("watch selector from 10");
        assertThat(told).containsExactly("listed [a@7]", "live");
    }

    @Test
    void errorsWithReportsBetweenThemAreNotInARow() {
        open();
        for (int version = 11; version < 20; version++) {
            server.end(new IOException("connection reset"));
            pass(Duration.ofMillis(100));
            watch.tick();
            server.opened();
            server.event("BOOKMARK", "", version);
        }
        assertThat(told).containsExactly("listed [a@7]", "live");
    }

    /** As a proxy does it that cuts what is idle. */
    @Test
    void errorsAfterAWhileInWhichNothingHappenedAreNotInARow() {
        open();
        for (int i = 0; i < 10; i++) {
            pass(Duration.ofSeconds(35));
            watch.tick();
            server.end(new IOException("connection reset"));
            pass(Duration.ofMillis(100));
            watch.tick();
            server.opened();
        }
        assertThat(told).containsExactly("listed [a@7]", "live");
        assertThat(server.asked).hasSize(12);
    }

    @Test
    void theSecondErrorInARowIsReportedOnceWithItsReason() {
        open();
        for (int i = 0; i < 5; i++) {
            server.end(new IOException("etcd is too old"));
            pass(Duration.ofSeconds(5));
            watch.tick();
        }
        assertThat(told).containsExactly("listed [a@7]", "live", "not live: etcd is too old");
        server.opened();
        assertThat(told).last().isEqualTo("live");
    }

    @Test
    void aListThatFailsIsTriedAgainWithGrowingPauses() {
        List<Long> pauses = new ArrayList<>();
        watch.tick();
        for (int i = 0; i < 9; i++) {
            server.failList(new IOException("down"));
            pauses.add(Duration.ofNanos(watch.tick()).toMillis());
            pass(Duration.ofSeconds(5));
            watch.tick();
        }
        assertThat(pauses).allMatch(pause -> pause >= 50 && pause <= 5_000);
        assertThat(pauses.get(0)).isLessThanOrEqualTo(100);
        assertThat(pauses.get(8)).isGreaterThanOrEqualTo(2_500);
        assertThat(told).containsExactly("not live: down");
    }

    @Test
    void aMissingPermissionIsReportedAtOnceAndAskedForSeldom() {
        watch.tick();
        for (int i = 0; i < 12; i++) {
            server.failList(new KubeApi.Refused(403, "allow list"));
            pass(Duration.ofNanos(watch.tick()));
            watch.tick();
        }
        server.failList(new KubeApi.Refused(403, "allow list"));
        assertThat(Duration.ofNanos(watch.tick())).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(20));
        assertThat(told).containsExactly("not live: allow list");
    }

    @Test
    void aVersionThatIsGoneIsListedAnew() {
        open();
        server.error(410, "too old resource version");
        pass(Duration.ofMillis(100));
        watch.tick();
        assertThat(server.asked).last().isEqualTo("list selector");
        server.list(50, "a@49");
        assertThat(server.asked).last().isEqualTo("watch selector from 50");
        assertThat(told).containsExactly("listed [a@7]", "live", "listed [a@49]");
    }

    @Test
    void aVersionThatIsGoneWhenTheWatchIsOpenedIsListedAnew() {
        open();
        server.end(new KubeApi.Refused(410, "gone"));
        pass(Duration.ofMillis(100));
        watch.tick();
        assertThat(server.asked).last().isEqualTo("list selector");
    }

    @Test
    void aListThatIsNotAnsweredIsGivenUp() {
        watch.tick();
        pass(TIMEOUT.plusMillis(1));
        watch.tick();
        server.list(10); // too late
        assertThat(told).isEmpty();
        pass(Duration.ofMillis(100));
        watch.tick();
        assertThat(server.asked).containsExactly("list selector", "list selector");
    }

    @Test
    void aWatchThatIsNotAnsweredIsGivenUp() {
        watch.tick();
        server.list(10);
        pass(TIMEOUT.plusMillis(1));
        watch.tick();
        assertThat(server.cancelled).isEqualTo(1);
        pass(Duration.ofMillis(100));
        watch.tick();
        assertThat(server.asked).last().isEqualTo("watch selector from 10");
    }

    // ---- silence

    @Test
    void aWatchWithoutABookmarkForTwoMinutesIsDead() {
        open();
        pass(ObjectWatch.SILENCE.plusMillis(1));
        watch.tick();
        assertThat(server.cancelled).isEqualTo(1);
        pass(Duration.ofMillis(100));
        watch.tick();
        assertThat(server.asked).last().isEqualTo("list selector");
    }

    @Test
    void bookmarksKeepItAlive() {
        open();
        for (int i = 1; i < 10; i++) {
            pass(Duration.ofMinutes(1));
            server.event("BOOKMARK", "", 10 + i);
            watch.tick();
        }
        assertThat(server.cancelled).isZero();
    }

    @Test
    void aWatchThatDoesNotReportWhatIsKnownToHaveHappenedIsDead() {
        open();
        pass(Duration.ofSeconds(20));
        watch.expect(11);
        pass(ObjectWatch.PATIENCE);
        watch.tick();
        assertThat(server.cancelled).as("too early").isZero();
        pass(Duration.ofMillis(1));
        watch.tick();
        assertThat(server.cancelled).isEqualTo(1);
        pass(Duration.ofMillis(100));
        watch.tick();
        assertThat(server.asked).last().isEqualTo("list selector");
    }

    @Test
    void aWatchThatReportsInTimeIsNot() {
        open();
        for (int version = 11; version < 40; version++) {
            watch.expect(version);
            pass(Duration.ofSeconds(4));
            watch.tick();
            server.event("MODIFIED", "a", version);
        }
        assertThat(server.cancelled).isZero();
    }

    @Test
    void whatWasExpectedLaterDoesNotExtendThePatience() {
        open();
        pass(Duration.ofSeconds(20));
        for (int version = 11; version < 17; version++) {
            watch.expect(version);
            pass(Duration.ofSeconds(1));
        }
        watch.tick();
        assertThat(server.cancelled).isEqualTo(1);
    }

    @Test
    void aWatchThatWasJustOpenedHasItsTime() {
        open();
        watch.expect(11);
        pass(ObjectWatch.PATIENCE);
        server.end(null);
        pass(Duration.ofSeconds(1));
        watch.tick();
        server.opened();
        watch.tick();
        assertThat(server.cancelled).as("only the one that had ended").isEqualTo(1);
    }

    @Test
    void anOpenWatchTellsEveryFewSecondsThatTimePasses() {
        open();
        told.clear();
        ticks = true;
        for (int i = 0; i < 4; i++) {
            Duration wait = Duration.ofNanos(watch.tick());
            assertThat(wait).isEqualTo(ObjectWatch.CHECK);
            pass(wait);
        }
        assertThat(told).containsExactly("passed", "passed", "passed");
        pass(Duration.ofSeconds(1).negated());
        watch.tick();
        assertThat(told).as("not before").hasSize(3);
    }

    // ---- what is late

    @Test
    void whatAWatchReportsThatWasGivenUpIsNotBelieved() {
        open();
        KubeApi.WatchListener former = server.listener();
        server.end(new IOException("reset"));
        pass(Duration.ofMillis(100));
        watch.tick();
        server.opened();
        told.clear();
        former.opened();
        former.event(Script.eventOf("MODIFIED", "a", 99));
        former.ended(new IOException("reset again"));
        assertThat(told).isEmpty();
        assertThat(server.cancelled).isEqualTo(1);
    }

    @Test
    void afterClosingNothingIsAskedOrReported() {
        open();
        told.clear();
        server.asked.clear();
        watch.close();
        assertThat(server.cancelled).isEqualTo(1);
        server.event("MODIFIED", "a", 11);
        server.end(new IOException("reset"));
        pass(Duration.ofMinutes(5));
        assertThat(watch.tick()).isEqualTo(Long.MAX_VALUE);
        assertThat(told).isEmpty();
        assertThat(server.asked).isEmpty();
    }

    @Test
    void aWatchWhoseOpeningIsUnderWayWhenItIsClosedIsCancelled() {
        watch.tick();
        server.list(10);
        watch.close();
        assertThat(server.cancelled).isEqualTo(1);
    }

    @Test
    void whoeverWaitsIsToldThatTheNextStepIsDue() {
        int[] calls = new int[1];
        watch.onChange(() -> calls[0]++);
        open();
        assertThat(calls[0]).as("it is open").isEqualTo(1);
        server.end(null);
        assertThat(calls[0]).as("it has ended").isEqualTo(2);
    }

    // ---- helpers

    private void open() {
        watch.tick();
        server.list(10, "a@7");
        server.opened();
    }

    private void pass(Duration time) {
        ticker.advance(time);
    }

    private final class Told implements ObjectWatch.Observer {
        @Override
        public void listed(List<ObjectNode> objects) {
            told.add("listed " + objects.stream().map(Script::text).toList());
        }

        @Override
        public void changed(ObjectNode object) {
            told.add("changed " + Script.text(object));
        }

        @Override
        public void removed(ObjectNode object) {
            told.add("removed " + Script.text(object));
        }

        @Override
        public void live(boolean isLive, @Nullable String reason) {
            told.add(isLive ? "live" : "not live: " + reason);
        }

        @Override
        public void passed() {
            if (ticks) {
                told.add("passed");
            }
        }
    }

    /** A server that answers when it is told to. */
    private static final class Script implements ObjectWatch.Server {
        final List<String> asked = new ArrayList<>();
        int cancelled;
        private CompletableFuture<ObjectNode> list = new CompletableFuture<>();
        private KubeApi.@Nullable WatchListener listener;

        @Override
        public KubeApi.Kind kind() {
            return KubeApi.Kind.LEASES;
        }

        @Override
        public CompletionStage<ObjectNode> list(String query) {
            asked.add("list " + query);
            list = new CompletableFuture<>();
            return list;
        }

        @Override
        public KubeApi.Watching watch(String query, String from, Duration lifetime, KubeApi.WatchListener to) {
            assertThat(lifetime).isBetween(Duration.ofMinutes(5), Duration.ofMinutes(10));
            asked.add("watch " + query + " from " + from);
            listener = to;
            return () -> cancelled++;
        }

        @Override
        public KubeApi.Refused refusedEvent(JsonNode status) {
            return new KubeApi.Refused(
                    status.path("code").asInt(), status.path("message").asText());
        }

        KubeApi.WatchListener listener() {
            return Objects.requireNonNull(listener);
        }

        void list(long version, String... objects) {
            ObjectNode answer = KubeApi.newObject();
            answer.putObject("metadata").put("resourceVersion", Long.toString(version));
            for (String object : objects) {
                String[] parts = object.split("@", -1);
                answer.withArray("items").add(objectOf(parts[0], Long.parseLong(parts[1])));
            }
            list.complete(answer);
        }

        void failList(Exception why) {
            list.completeExceptionally(why);
        }

        void opened() {
            listener().opened();
        }

        void event(String type, String name, long version) {
            listener().event(eventOf(type, name, version));
        }

        void error(int code, String message) {
            ObjectNode event = KubeApi.newObject().put("type", "ERROR");
            event.putObject("object").put("code", code).put("message", message);
            listener().event(event);
        }

        void end(@Nullable Exception why) {
            listener().ended(why);
        }

        static ObjectNode eventOf(String type, String name, long version) {
            ObjectNode event = KubeApi.newObject().put("type", type);
            event.set("object", objectOf(name, version));
            return event;
        }

        private static ObjectNode objectOf(String name, long version) {
            ObjectNode object = KubeApi.newObject();
            object.putObject("metadata").put("name", name).put("resourceVersion", Long.toString(version));
            return object;
        }

        static String text(ObjectNode object) {
            JsonNode metadata = object.path("metadata");
            return metadata.path("name").asText() + "@"
                    + metadata.path("resourceVersion").asText();
        }
    }
}
