package io.github.camelmasterlite.master;

import static io.github.camelmasterlite.master.MasterFixture.SOON;
import static io.github.camelmasterlite.master.MasterFixture.stays;
import static io.github.camelmasterlite.master.MasterFixture.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.master.MasterMembers.Member;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.apache.camel.util.StopWatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Giving up the lock for a while, end to end: real members of one cluster. */
class MasterYieldTest {

    private static final String FROM = "master:lock1:rec:x";

    /** How long a hand-over may take that takes milliseconds on a machine that has nothing else to do. */
    private static final Duration HAND_OVER = Duration.ofSeconds(3);

    private static final int ALWAYS = 1_000_000;

    private final MasterMembers members = new MasterMembers();

    @AfterEach
    void stop() {
        members.close();
    }

    private static void handsOver(Callable<Boolean> condition) {
        await().atMost(HAND_OVER).pollInterval(Duration.ofMillis(1)).until(condition);
    }

    private static LeadershipView view(Member member) {
        return member.service.getView("lock1");
    }

    @Test
    void anotherMemberStartsWhenOneHasTriedOftenEnough() throws Exception {
        Member first = members.member("first").route("route1", FROM);
        first.master.setBackOffDelay(2_000);
        first.master.setBackOffMaxAttempts(1);
        first.rec.failingStarts.set(ALWAYS);
        CountDownLatch gate = new CountDownLatch(1);
        first.rec.startGate = gate;
        first.start();
        until(() -> first.rec.log.contains("start#1"));
        Member second = members.member("second").route("route1", FROM).start();
        try (MasterLog log = new MasterLog()) {
            gate.countDown();

            handsOver(() -> second.rec.active.get() == 1);

            assertThat(log.lines("WARN", "could not be started in 1 attempts", "for all its routes on that lock"))
                    .hasSize(1);
        }
        assertThat(first.rec.consumers).hasSize(1);
        // Longer than the cool-down: the lock is taken.
        await().during(Duration.ofMillis(2_500))
                .atMost(SOON)
                .until(() -> first.rec.consumers.size() == 1 && second.rec.active.get() == 1);
    }

    @Test
    void aMemberThatIsAloneTriesAgainAfterTheCoolDown() throws Exception {
        Member only = members.member("only").route("route1", FROM);
        only.master.setBackOffDelay(400);
        only.master.setBackOffMaxAttempts(1);
        only.rec.failingStarts.set(2);
        only.start();
        until(() -> only.rec.consumers.size() == 1);
        StopWatch coolDowns = new StopWatch();

        until(() -> only.rec.active.get() == 1);

        assertThat(only.rec.consumers).hasSize(3);
        assertThat(coolDowns.taken()).as("two cool-downs of 400 ms").isGreaterThan(750);
    }

    @Test
    void resigningFromCodeLetsAnotherMemberStart() throws Exception {
        Member first = members.member("first").route("route1", FROM).start();
        until(() -> first.rec.active.get() == 1);
        Member second = members.member("second").route("route1", FROM).start();

        view(first).resign(Duration.ofSeconds(20));

        handsOver(() -> second.rec.active.get() == 1);
        assertThat(first.rec.active).hasValue(0);
        assertThat(first.rec.events()).contains("stop#1", "shutdown#1");
    }

    @Test
    void resigningFromCodeAloneEndsWithTheCoolDown() throws Exception {
        Member only = members.member("only").route("route1", FROM).start();
        until(() -> only.rec.active.get() == 1);
        StopWatch coolDown = new StopWatch();

        view(only).resign(Duration.ofMillis(500));

        until(() -> only.rec.active.get() == 0);
        until(() -> only.rec.active.get() == 1);
        assertThat(coolDown.taken()).isGreaterThanOrEqualTo(490);
        assertThat(only.rec.consumers).hasSize(2);
    }

    /** A lock is led as a whole. */
    @Test
    void aRouteThatCannotStartGivesTheLockUpForAllRoutesOnIt() throws Exception {
        Member first = members.member("first").route("good", FROM).route("bad", "master:lock1:bad:y");
        first.master.setBackOffDelay(2_000);
        first.master.setBackOffMaxAttempts(1);
        first.bad.failingStarts.set(ALWAYS);
        CountDownLatch gate = new CountDownLatch(1);
        first.bad.startGate = gate;
        first.start();
        until(() -> first.rec.active.get() == 1 && first.bad.log.contains("start#1"));
        Member second = members.member("second").route("good", FROM).route("bad", "master:lock1:bad:y");
        second.start();

        gate.countDown();

        handsOver(() -> second.rec.active.get() == 1 && second.bad.active.get() == 1);
        assertThat(first.rec.active).hasValue(0);
        assertThat(first.bad.active).hasValue(0);
        stays(() -> second.rec.active.get() == 1 && second.bad.active.get() == 1);
    }

    @Test
    void routesOnOtherLocksAreNotConcerned() throws Exception {
        Member first =
                members.member("first").route("good", "master:lock2:rec:x").route("bad", "master:lock1:bad:y");
        first.master.setBackOffDelay(100);
        first.master.setBackOffMaxAttempts(1);
        first.bad.failingStarts.set(3);
        first.start();

        until(() -> first.bad.active.get() == 1);

        assertThat(first.rec.consumers).hasSize(1);
        assertThat(first.rec.active).hasValue(1);
    }

    @Test
    void anotherMemberStartsWhenTheConsumerOfOneHasBeenDown() throws Exception {
        Member first = members.member("first").route("route1", FROM + "?master.yieldWhenDownFor=300ms");
        first.master.setBackOffDelay(20_000);
        first.start();
        until(() -> first.rec.active.get() == 1);
        Member second = members.member("second").route("route1", FROM).start();
        Health health = new Health("broker is gone");

        first.rec.last().setHealthCheck(health);

        handsOver(() -> second.rec.active.get() == 1);
        assertThat(first.rec.active).hasValue(0);
    }

    @Test
    void aSuspendedRouteThatReleasesLetsAnotherMemberStartAndStandsAgainWhenResumed() throws Exception {
        Member first = members.member("first")
                .route("route1", FROM + "?master.onSuspend=release")
                .start();
        until(() -> first.rec.active.get() == 1);
        Member second = members.member("second").route("route1", FROM).start();

        first.context.getRouteController().suspendRoute("route1");

        handsOver(() -> second.rec.active.get() == 1);
        assertThat(first.rec.active).hasValue(0);
        first.context.getRouteController().resumeRoute("route1");
        stays(() -> first.rec.active.get() == 0 && second.rec.active.get() == 1);
        second.context.stop();
        handsOver(() -> first.rec.active.get() == 1);
    }

    @Test
    void aSuspendedRouteThatKeepsLetsNobodyStart() throws Exception {
        Member first = members.member("first").route("route1", FROM).start();
        until(() -> first.rec.active.get() == 1);
        Member second = members.member("second").route("route1", FROM).start();

        first.context.getRouteController().suspendRoute("route1");

        stays(() -> second.rec.consumers.isEmpty() && view(first).isLeader());
    }
}
