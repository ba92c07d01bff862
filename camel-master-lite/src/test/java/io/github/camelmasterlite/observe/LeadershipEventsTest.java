package io.github.camelmasterlite.observe;

import static io.github.camelmasterlite.observe.ObserveFixture.until;
import static io.github.camelmasterlite.observe.ObserveFixture.untilLeading;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.cluster.LocalClusterService;
import io.github.camelmasterlite.cluster.LockChange;
import io.github.camelmasterlite.cluster.ManualClusterService;
import io.github.camelmasterlite.election.Phase;
import io.github.camelmasterlite.observe.LeadershipChangedEvent.Kind;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.support.EventNotifierSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeadershipEventsTest {

    private final ObserveFixture fixture = new ObserveFixture();
    private final Heard heard = new Heard();

    @AfterEach
    void close() {
        fixture.close();
    }

    private static class Heard extends EventNotifierSupport {
        final List<LeadershipChangedEvent> events = new CopyOnWriteArrayList<>();

        @Override
        public void notify(CamelEvent event) throws Exception {
            if (event instanceof LeadershipChangedEvent change) {
                hear(change);
            }
        }

        void hear(LeadershipChangedEvent change) throws Exception {
            events.add(change);
        }

        List<Kind> kinds(String lock) {
            return events.stream()
                    .filter(event -> event.getLock().equals(lock))
                    .map(LeadershipChangedEvent::getKind)
                    .toList();
        }
    }

    private ManualClusterService manual(DefaultCamelContext context) throws Exception {
        ManualClusterService service = new ManualClusterService("member1");
        context.addService(service, true, true);
        return service;
    }

    private static DefaultCamelContext started(EventNotifierSupport... notifiers) {
        DefaultCamelContext context = new DefaultCamelContext();
        for (EventNotifierSupport notifier : notifiers) {
            context.getCamelContextExtension(); // notifiers are added to the strategy, which exists after build
            context.build();
            context.getManagementStrategy().addEventNotifier(notifier);
        }
        context.start();
        return context;
    }

    @Test
    void notifiersHearOfGainsAndLossesInOrderWithTenureAndReason() throws Exception {
        try (DefaultCamelContext context = started(heard)) {
            ManualClusterService service = manual(context);
            service.getView("lock1");
            for (int term = 1; term <= 3; term++) {
                service.gain("lock1");
                untilLeading(service, "lock1");
                service.otherLeader(term == 3 ? "member2" : null);
                service.lose("lock1");
                int ended = term;
                until(() -> service.releases("lock1") == ended);
            }
            until(() -> heard.events.size() >= 6);

            assertThat(heard.kinds("lock1"))
                    .containsExactly(Kind.GAINED, Kind.LOST, Kind.GAINED, Kind.LOST, Kind.GAINED, Kind.LOST);
            assertThat(heard.events)
                    .extracting(
                            event -> Objects.requireNonNull(event.getTenure()).term())
                    .containsExactly(1L, 1L, 2L, 2L, 3L, 3L);
            LeadershipChangedEvent gain = heard.events.get(0);
            assertThat(gain.getType()).isEqualTo(CamelEvent.Type.Custom);
            assertThat(gain.getContext()).isSameAs(context);
            assertThat(gain.getSource()).isSameAs(context);
            assertThat(gain.getServiceId()).isEqualTo("member1");
            assertThat(gain.getMember()).isEqualTo("member1");
            assertThat(gain.getLeader()).isEqualTo("member1");
            assertThat(gain.getLeaderBefore()).isNull();
            assertThat(Objects.requireNonNull(gain.getTenure()).fencingToken()).isEqualTo(1_001);
            assertThat(gain.getTimestamp()).isPositive();
            assertThat(gain.getReason()).isEqualTo("gained");
            assertThat(gain)
                    .hasToString("Leadership of lock lock1: member1 leads (term 1, fencing token 1001): gained");
            LeadershipChangedEvent loss = heard.events.get(5);
            assertThat(loss.getLeader()).isEqualTo("member2");
            assertThat(loss.getLeaderBefore()).isEqualTo("member1");
            assertThat(loss)
                    .hasToString(
                            "Leadership of lock lock1: member1 no longer leads (term 3, fencing token 1003): lost");
        }
    }

    @Test
    void aFollowerHearsThatAnotherMemberLeads() throws Exception {
        LocalClusterService leader = fixture.member("leader");
        leader.start();
        leader.getView("lock1");
        untilLeading(leader, "lock1");
        try (DefaultCamelContext context = started(heard)) {
            LocalClusterService follower = fixture.member("follower");
            context.addService(follower, true, true);
            follower.getView("lock1");
            until(() -> !heard.events.isEmpty());
            LeadershipChangedEvent event = heard.events.get(0);
            assertThat(event.getKind()).isEqualTo(Kind.LEADER_CHANGED);
            assertThat(event.getLeader()).isEqualTo("leader");
            assertThat(event.getTenure()).isNull();
            assertThat(event.toString()).startsWith("Leadership of lock lock1: leader leads: ");
            leader.stop();
            until(() -> heard.kinds("lock1").contains(Kind.GAINED));
        }
    }

    @Test
    void aNotifierThatThrowsKeepsNoOtherFromHearing() throws Exception {
        Heard broken = new Heard() {
            @Override
            void hear(LeadershipChangedEvent change) throws Exception {
                super.hear(change);
                throw new IllegalStateException("broken on purpose");
            }
        };
        try (DefaultCamelContext context = started(broken, heard)) {
            ManualClusterService service = manual(context);
            service.getView("lock1");
            service.gain("lock1");
            until(() -> broken.events.size() == 1 && heard.events.size() == 1);
        }
    }

    @Test
    void aNotifierThatIsDisabledOrDoesNotWantThemHearsNothing() throws Exception {
        Heard unwilling = new Heard() {
            @Override
            public boolean isEnabled(CamelEvent event) {
                return !(event instanceof LeadershipChangedEvent);
            }
        };
        try (DefaultCamelContext context = started(unwilling, heard)) {
            ManualClusterService service = manual(context);
            service.getView("lock1");
            service.gain("lock1");
            until(() -> heard.events.size() == 1);
            assertThat(unwilling.events).isEmpty();
        }
    }

    @Test
    void aSlowNotifierHoldsUpNoElection() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch entered = new CountDownLatch(1);
        Heard slow = new Heard() {
            @Override
            void hear(LeadershipChangedEvent change) throws Exception {
                entered.countDown();
                if (!release.await(30, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("not released in time");
                }
                super.hear(change);
            }
        };
        try (DefaultCamelContext context = started(slow, heard)) {
            ManualClusterService service = manual(context);
            service.getView("lock1");
            service.gain("lock1");
            assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
            service.getView("lock2");
            service.gain("lock2");
            untilLeading(service, "lock2");
            service.lose("lock1");
            until(() -> service.isReleased("lock1"));
            assertThat(slow.events).isEmpty();
            release.countDown();
            until(() -> heard.events.size() == 3);
            assertThat(heard.kinds("lock1")).containsExactly(Kind.GAINED, Kind.LOST);
        } finally {
            release.countDown();
        }
    }

    @Test
    void theLossAtTheStopOfTheContextIsHeard() throws Exception {
        try (DefaultCamelContext context = started(heard)) {
            LocalClusterService service = fixture.member("one");
            context.addService(service, true, true);
            service.getView("lock1");
            untilLeading(service, "lock1");
            context.stop();
            assertThat(heard.kinds("lock1")).containsExactly(Kind.GAINED, Kind.LOST);
        }
    }

    @Test
    void beyondABoundEventsAreDroppedInPlaceOfHeldForEver() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        Heard slow = new Heard() {
            @Override
            void hear(LeadershipChangedEvent change) throws Exception {
                if (!release.await(30, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("not released in time");
                }
                super.hear(change);
            }
        };
        try (DefaultCamelContext context = started(slow)) {
            ManualClusterService service = new ManualClusterService("member1");
            service.setCamelContext(context);
            LeadershipEvents events = new LeadershipEvents();
            events.started(service);
            for (int i = 0; i < LeadershipEvents.MAX_WAITING + 100; i++) {
                events.changed(change("leader" + i, "leader" + (i + 1)));
            }
            release.countDown();
            until(() -> slow.events.size() == LeadershipEvents.MAX_WAITING);
            events.changed(change("a", "last"));
            until(() -> slow.events.size() == LeadershipEvents.MAX_WAITING + 1);
            assertThat(slow.events.get(LeadershipEvents.MAX_WAITING).getLeader())
                    .isEqualTo("last");
            events.stopped(service);
        } finally {
            release.countDown();
        }
    }

    private static LockChange change(String before, String since) {
        return new LockChange(
                "lock1",
                "member1",
                Instant.EPOCH,
                Phase.FOLLOWING,
                Phase.FOLLOWING,
                before,
                since,
                null,
                null,
                null,
                "test");
    }
}
