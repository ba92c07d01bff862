package io.github.camelmasterlite.kubernetes;

import static io.github.camelmasterlite.kubernetes.WorkingMembers.await;
import static io.github.camelmasterlite.kubernetes.WorkingMembers.stays;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.history.Work;
import io.github.camelmasterlite.kubernetes.WorkingMembers.Member;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The API server is away: killed, stopped in the middle of everything, or not to be reached. */
@ExtendWith(ApiServer.class)
class OutageIT {

    private static final List<String> LOCKS = List.of("lock1");

    /** For the work to hear of it, on a machine that does much else. */
    private static final Duration A_MOMENT = Duration.ofMillis(500);

    private static final Duration OUTAGE = Duration.ofSeconds(Integer.getInteger("outage.seconds", 20));

    private WorkingMembers members = WorkingMembers.ofDefaults();

    @AfterEach
    void judge() {
        members.close();
    }

    private Member leaderAndFollower(KubeAccess access) {
        Member leader = members.start("a", access, LOCKS);
        await("a leads", leader::leadsAll);
        members.start("b", access, LOCKS);
        return leader;
    }

    private static long renewals(FaultProxy proxy) {
        return proxy.answered().stream()
                .filter(answer -> answer.request().isPut() && answer.code() == 200)
                .count();
    }

    /** At the default times, of which the renew deadline is 10 s; a single lock is renewed every 1.25 to 1.5 s. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1_200})
    void eightSecondsBeginningSoLongAfterARenewalChangeNothing(int millis, KubeNamespace namespace) {
        try (FaultProxy proxy = new FaultProxy(namespace.access())) {
            Member leader = leaderAndFollower(proxy.access(namespace.access()));
            long token = leader.view("lock1").leadership().fencingToken();
            long before = renewals(proxy);
            await("it is renewed", () -> renewals(proxy) > before);
            stays("a leads", Duration.ofMillis(millis), leader::leadsAll);
            long last = renewals(proxy);
            proxy.down();
            stays("a leads", Duration.ofSeconds(8), leader::leadsAll);
            proxy.up();
            await("it is renewed", () -> renewals(proxy) > last);
            stays("a leads", Duration.ofSeconds(1), leader::leadsAll);
            assertThat(leader.view("lock1").leadership().fencingToken()).isEqualTo(token);
            assertThat(members.tenures("lock1")).isEqualTo(1);
            members.close();
        }
    }

    /** The renew deadline is 2 s, and it is back when those have passed. */
    @Test
    void anOutageFromBeforeARenewalUntilAfterTheRenewDeadlineInterruptsWorkAndNeverMakesTwoLeaders(
            KubeNamespace namespace) {
        members = WorkingMembers.of(3_000, 2_000, 400);
        try (FaultProxy proxy = new FaultProxy(namespace.access())) {
            Member leader = leaderAndFollower(proxy.access(namespace.access()));
            long acquired = members.work("lock1").get(0).startNanos();
            await(
                    "a renewal is about to be due",
                    () -> System.nanoTime() - acquired > Duration.ofMillis(900).toNanos());
            proxy.down();
            await("a stops its work", () -> members.working("lock1") == 0);
            assertThat(leader.problem("lock1")).contains("does not answer");
            proxy.up();
            await("one leads", Duration.ofSeconds(3).plusMillis(400), () -> members.working("lock1") == 1);
            members.close();
        }
    }

    /** At the default times. Twenty seconds are longer than a lease: what comes after them is the same after a minute, for which {@code -Doutage.seconds=60}. */
    @Test
    void killedForLongerThanALeaseStopsTheLeaderByTheRenewDeadlineAndOneLeadsSoonAfterItsReturn(
            KubeServer server, KubeNamespace namespace) throws Exception {
        leaderAndFollower(namespace.access());
        long down = System.nanoTime();
        server.kill();
        stays("at most one works", OUTAGE, () -> members.working("lock1") <= 1);
        Work first = members.work("lock1").get(0);
        assertThat(first.ending()).isEqualTo(Work.Ending.STOPPED);
        assertThat(Duration.ofNanos(first.latestEndNanos() - down))
                .isLessThan(Duration.ofSeconds(10).plus(A_MOMENT));
        assertThat(members.tenures("lock1")).isEqualTo(1);
        server.start();
        await("one leads", Duration.ofSeconds(3 + 2), () -> members.working("lock1") == 1);
        stays("it leads on", Duration.ofSeconds(1), () -> members.working("lock1") == 1);
    }

    @Test
    void hangingForLongerThanALeaseStopsTheLeaderByTheRenewDeadlineAndOneLeadsSoonAfterItRunsAgain(
            KubeServer server, KubeNamespace namespace) throws Exception {
        members = WorkingMembers.of(4_000, 2_600, 500);
        leaderAndFollower(namespace.access());
        long down = System.nanoTime();
        server.pause();
        stays("at most one works", Duration.ofSeconds(8), () -> members.working("lock1") <= 1);
        Work first = members.work("lock1").get(0);
        assertThat(first.ending()).isEqualTo(Work.Ending.STOPPED);
        assertThat(Duration.ofNanos(first.latestEndNanos() - down))
                .isLessThan(Duration.ofMillis(2_600).plus(A_MOMENT));
        assertThat(members.tenures("lock1")).isEqualTo(1);
        server.resume();
        await("one leads", Duration.ofMillis(3_500), () -> members.working("lock1") == 1);
        stays("it leads on", Duration.ofSeconds(2), () -> members.working("lock1") == 1);
    }

    @Test
    void hangingForAMomentChangesNothing(KubeServer server, KubeNamespace namespace) throws Exception {
        members = WorkingMembers.of(6_000, 4_000, 1_000);
        Member leader = leaderAndFollower(namespace.access());
        server.pause();
        stays("a leads", Duration.ofSeconds(2), leader::leadsAll);
        server.resume();
        stays("a leads", Duration.ofSeconds(5), leader::leadsAll);
        assertThat(members.tenures("lock1")).isEqualTo(1);
    }
}
