package io.github.camelmasterlite.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.cluster.Leadership;
import io.github.camelmasterlite.cluster.LockReport;
import io.github.camelmasterlite.cluster.ServiceReport;
import io.github.camelmasterlite.election.Phase;
import io.github.camelmasterlite.election.Tenure;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What counts as being down, and from when on. The silence limit is 15 s throughout. */
class HealthVerdictTest {

    private static final Duration LIMIT = Duration.ofSeconds(15);

    /** A follower of m2 that has been taking part for an hour, heard of the store a second ago and has no problem; each test changes what it is about. */
    private static final class Lock {
        private final String name;
        private @Nullable String leader = "m2";
        private @Nullable Tenure tenure;
        private @Nullable String problem;
        private Phase phase = Phase.FOLLOWING;
        private boolean disabled;
        private Duration coolingDown = Duration.ZERO;
        private @Nullable Duration heard = Duration.ofSeconds(1);
        private Duration participating = Duration.ofHours(1);
        private Duration leaderless = Duration.ZERO;
        private Duration troubled = Duration.ZERO;

        Lock(String name) {
            this.name = name;
        }

        Lock leads() {
            phase = Phase.LEADING;
            leader = "m1";
            tenure = new Tenure(3, 1_003, Instant.EPOCH);
            return this;
        }

        Lock leaderless(long seconds) {
            leader = null;
            leaderless = Duration.ofSeconds(seconds);
            return this;
        }

        Lock heard(@Nullable Long seconds) {
            heard = seconds == null ? null : Duration.ofSeconds(seconds);
            return this;
        }

        Lock participating(long seconds) {
            participating = Duration.ofSeconds(seconds);
            return this;
        }

        Lock troubled(String problem, long millis) {
            this.problem = problem;
            troubled = Duration.ofMillis(millis);
            return this;
        }

        Lock disabled() {
            disabled = true;
            return this;
        }

        Lock coolingDown() {
            coolingDown = Duration.ofMinutes(1);
            return this;
        }

        Lock stoppedByHand() {
            phase = Phase.STOPPED;
            leader = null;
            heard = null;
            participating = Duration.ZERO;
            return this;
        }

        Lock stoppingWork() {
            phase = Phase.STOPPING_WORK;
            return this;
        }

        LockReport report() {
            Duration authority = tenure == null ? Duration.ZERO : Duration.ofSeconds(9);
            return new LockReport(
                    new Leadership(name, "m1", leader, tenure, authority, problem),
                    phase,
                    disabled,
                    coolingDown,
                    1,
                    heard,
                    participating,
                    leaderless,
                    troubled,
                    List.of());
        }
    }

    private static Lock lock() {
        return new Lock("orders");
    }

    private static HealthVerdict verdict(Lock... locks) {
        return verdict(true, true, locks);
    }

    private static HealthVerdict verdict(boolean running, @Nullable Boolean watching, Lock... locks) {
        return HealthVerdict.of(new ServiceReport(
                "s1",
                "LeaseClusterService",
                "m1",
                running,
                List.of("m1", "m2"),
                watching,
                Boolean.FALSE.equals(watching) ? "forbidden: may not watch leases" : null,
                LIMIT,
                java.util.Arrays.stream(locks).map(Lock::report).toList()));
    }

    private static void assertDown(HealthVerdict verdict, String... why) {
        assertThat(verdict.isUp()).as("%s", verdict).isFalse();
        assertThat(verdict.message()).isNotNull().contains(why);
    }

    private static void assertUp(HealthVerdict verdict) {
        assertThat(verdict.isUp()).as("%s", verdict).isTrue();
    }

    // ---- up

    @Test
    void aFollowerIsUp() {
        HealthVerdict verdict = verdict(lock());
        assertUp(verdict);
        assertThat(verdict.message()).isNull();
        assertThat(verdict.details()).containsEntry("lock.orders", "following, leader m2, last contact 1.0 s ago");
    }

    @Test
    void aLeaderIsUp() {
        HealthVerdict verdict = verdict(lock().leads());
        assertUp(verdict);
        assertThat(verdict.details())
                .containsEntry("locks.leading", 1L)
                .containsEntry(
                        "lock.orders",
                        "leading, term 3, fencing token 1003, authority for 9.0 s, last contact 1.0 s ago");
    }

    @Test
    void aServiceWithoutLocksIsUp() {
        assertUp(verdict());
    }

    @Test
    void whoWasToldNotToTakePartIsUp() {
        HealthVerdict verdict = verdict(
                new Lock("a").stoppedByHand(),
                new Lock("b").disabled().leaderless(3_600).heard(3_600L),
                new Lock("c").coolingDown().leaderless(3_600).heard(3_600L));
        assertUp(verdict);
        assertThat(verdict.details())
                .containsEntry("locks.stopped", 1L)
                .containsEntry("locks.disabled", 1L)
                .containsEntry("locks.cooling.down", 1L);
    }

    @Test
    void aRefusedWatchIsUpAndSaysThatItPolls() {
        HealthVerdict verdict = verdict(true, false, lock());
        assertUp(verdict);
        assertThat(verdict.message()).contains("degraded", "polls", "forbidden: may not watch leases");
        assertThat(verdict.details()).containsEntry("watch", "polling");
    }

    // ---- no contact

    @Test
    void noContactForLongerThanTheLimitIsDown() {
        assertUp(verdict(lock().heard(15L)));
        assertDown(verdict(lock().heard(16L)), "orders", "no contact", "16.0 s", "limit 15.0 s");
        assertDown(verdict(lock().leads().heard(16L)), "no contact");
    }

    @Test
    void whereNothingWasEverHeardTheTimeOfTakingPartCounts() {
        assertUp(verdict(lock().leaderless(14).heard(null).participating(14)));
        assertDown(verdict(lock().leaderless(16).heard(null).participating(16)), "no contact", "16.0 s");
    }

    @Test
    void aDisabledMemberIsExpectedToHearOfALeader() {
        assertDown(verdict(lock().disabled().heard(16L)), "no contact");
    }

    // ---- no leader

    @Test
    void noLeaderForLongerThanTwoLimitsIsDown() {
        assertUp(verdict(lock().leaderless(30)));
        assertDown(verdict(lock().leaderless(31)), "no leader known for 31.0 s", "limit 30.0 s");
    }

    @Test
    void whoStillEndsItsOwnWorkIsNotLeaderless() {
        assertUp(verdict(lock().stoppingWork().leaderless(60)));
    }

    // ---- problems

    @Test
    void aRefusalIsDownAfterOneRetry() {
        String problem = "forbidden: may not update leases";
        assertUp(verdict(lock().leaderless(2).heard(1L).troubled(problem, 2_900)));
        assertDown(verdict(lock().leaderless(3).heard(1L).troubled(problem, 3_000)), problem, "for 3.0 s");
    }

    @Test
    void whatNeverWorkedIsDownAfterOneRetry() {
        assertDown(
                verdict(lock().leaderless(3).heard(null).participating(3).troubled("cannot write /locks", 3_000)),
                "/locks");
    }

    @Test
    void anOutageIsDownAfterTheLimitOnly() {
        assertUp(verdict(lock().heard(14L).troubled("no route to host", 13_000)));
        assertDown(verdict(lock().heard(16L).troubled("no route to host", 15_000)), "no route to host");
    }

    @Test
    void workThatDoesNotEndIsDown() {
        assertDown(
                verdict(lock().stoppingWork().troubled("work under lock orders has not stopped within 2000 ms", 4_000)),
                "has not stopped");
    }

    // ---- stopped

    @Test
    void aStoppedServiceIsDown() {
        assertDown(verdict(false, null, lock().stoppedByHand()), "service is stopped", "start it again");
    }

    // ---- many locks

    @Test
    void aBoundedNumberOfLocksIsTold() {
        Lock[] locks = IntStream.range(0, 100)
                .mapToObj(i -> new Lock("lock" + i))
                .peek(lock -> {
                    if (lock.name.endsWith("7")) {
                        lock.heard(60L);
                    }
                })
                .toArray(Lock[]::new);
        HealthVerdict verdict = verdict(locks);
        assertDown(verdict, "lock7: ", "lock17: ", "lock27: ", "and 7 more");
        assertThat(verdict.message()).doesNotContain("lock37");
        assertThat(verdict.details().keySet())
                .filteredOn(key -> key.startsWith("lock."))
                .hasSize(HealthVerdict.LOCKS_SHOWN)
                .contains("lock.lock7", "lock.lock97");
        assertThat(verdict.details()).containsEntry("locks", 100).containsEntry("locks.in.trouble", 10L);
    }
}
