package io.github.camelmasterlite.camel;

import static io.github.camelmasterlite.camel.Members.routes;
import static io.github.camelmasterlite.camel.Members.stays;
import static io.github.camelmasterlite.camel.Members.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.camel.Members.Kind;
import io.github.camelmasterlite.camel.Members.Member;
import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.camel.ServiceStatus;
import org.apache.camel.spi.SupervisingRouteController;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code master:} routes in two contexts, managed over JMX and the control bus, several on one lock, and many. */
class ManagedRoutesTest {

    private final Members members = new Members(Kind.LOCAL);

    @AfterEach
    void stop() {
        members.close();
    }

    /** By which way a person tells a route something. */
    private enum Way {
        JMX {
            @Override
            void tell(Member member, String route, String action) throws Exception {
                MBeanServer server = ManagementFactory.getPlatformMBeanServer();
                ObjectName name = server.queryNames(
                                new ObjectName("org.apache.camel:context=" + member.context.getManagementName()
                                        + ",type=routes,name=\"" + route + "\""),
                                null)
                        .iterator()
                        .next();
                server.invoke(name, action, new Object[0], new String[0]);
            }
        },
        CONTROL_BUS {
            @Override
            void tell(Member member, String route, String action) {
                member.context
                        .createProducerTemplate()
                        .sendBody("controlbus:route?routeId=" + route + "&action=" + action, "");
            }
        };

        abstract void tell(Member member, String route, String action) throws Exception;
    }

    private void start(Member member) throws Exception {
        member.routes(routes(r -> r.from("master:lock1:work:a").routeId("a").to("log:a?level=DEBUG")))
                .start();
    }

    private void both() throws Exception {
        start(members.member("one"));
        start(members.member("two"));
    }

    private void runs(Member member) {
        until(() -> member.id.equals(members.ledger.runs("a")));
    }

    // ---- told to

    @ParameterizedTest
    @EnumSource(Way.class)
    void aStoppedRouteLeavesItsLockAndStandsForItAgainOnceStarted(Way way) throws Exception {
        both();
        Member leader = members.runs("a");
        Member other = members.otherThan(leader);

        way.tell(leader, "a", "stop");
        runs(other);
        assertThat(leader.status("a")).isEqualTo(ServiceStatus.Stopped);
        way.tell(leader, "a", "start");
        until(() -> leader.status("a") == ServiceStatus.Started);
        stays(() -> other.id.equals(members.ledger.runs("a")));

        way.tell(other, "a", "stop");
        runs(leader);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void aSuspendedRouteKeepsItsLockAndGoesOnWhereItWas(Way way) throws Exception {
        both();
        Member leader = members.runs("a");

        way.tell(leader, "a", "suspend");
        until(() -> members.ledger.runs("a") == null);
        stays(() -> members.ledger.runs("a") == null);
        assertThat(leader.status("a")).isEqualTo(ServiceStatus.Suspended);
        assertThat(leader.service.isLeader("lock1")).isTrue();

        way.tell(leader, "a", "resume");
        runs(leader);
    }

    @Test
    void aRouteRemovedOverJmxLeavesNothingOfItsLockBehind() throws Exception {
        both();
        Member leader = members.runs("a");

        Way.JMX.tell(leader, "a", "stop");
        Way.JMX.tell(leader, "a", "remove");

        runs(members.otherThan(leader));
        assertThat(leader.context.getRoute("a")).isNull();
        assertThat(leader.service.getNamespaces()).isEmpty();
    }

    @Test
    void aRouteRestartedByTheControlBusStandsAgain() throws Exception {
        start(members.member("one"));
        Member leader = members.runs("a");

        Way.CONTROL_BUS.tell(leader, "a", "restart&restartDelay=50");

        runs(leader);
        assertThat(members.ledger.events).containsExactly("one a start", "one a stop", "one a start");
    }

    @Test
    void aSupervisingControllerStartsRoutesThatMoveLikeOthers() throws Exception {
        for (String id : List.of("one", "two")) {
            Member member = members.member(id);
            SupervisingRouteController supervising =
                    member.context.getRouteController().supervising();
            supervising.setInitialDelay(20);
            supervising.setBackOffDelay(50);
            start(member);
            until(() -> member.status("a") == ServiceStatus.Started);
        }
        Member leader = members.runs("a");

        leader.context.stop();

        runs(members.otherThan(leader));
    }

    private static ObjectName clusterService(MBeanServer server, Member member) throws Exception {
        ObjectName services = new ObjectName("org.apache.camel:context=" + member.context.getManagementName() + ",*");
        for (ObjectName name : server.queryNames(services, null)) {
            if (Stream.of(server.getMBeanInfo(name).getAttributes())
                    .anyMatch(attribute -> attribute.getName().equals("Namespaces"))) {
                return name;
            }
        }
        throw new AssertionError("no cluster service among the services of " + member.id);
    }

    @Test
    void theServiceOfAContextIsManagedOverJmxByTheNamesOfItsLocks() throws Exception {
        both();
        Member leader = members.runs("a");
        Member other = members.otherThan(leader);
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        ObjectName name = clusterService(server, leader);
        assertThat((Collection<?>) server.getAttribute(name, "Namespaces")).hasToString("[lock1]");
        Object[] lock = {"lock1"};
        String[] types = {String.class.getName()};
        assertThat(server.invoke(name, "isLeader", lock, types)).isEqualTo(true);

        server.invoke(name, "stopView", lock, types);
        runs(other);
        assertThat(server.invoke(name, "isLeader", lock, types)).isEqualTo(false);
        server.invoke(name, "startView", lock, types);
        other.context.stop();
        runs(leader);
    }

    // ---- several

    @Test
    void twoRoutesOnOneLockRunInOneContextAndStopThere() throws Exception {
        for (String id : List.of("one", "two")) {
            members.member(id)
                    .routes(routes(r -> {
                        r.from("master:lock1:work:a").routeId("a").to("log:a?level=DEBUG");
                        r.from("master:lock1:work:b").routeId("b").to("log:b?level=DEBUG");
                    }))
                    .start();
        }
        Member leader = members.runs("a");
        Member other = members.otherThan(leader);
        until(() -> members.ledger.running(leader.id) == 2);
        stays(() -> members.ledger.running(other.id) == 0);

        // One of two leaves the lock to the other.
        leader.context.getRouteController().stopRoute("a");
        stays(() -> members.ledger.runs("a") == null && leader.id.equals(members.ledger.runs("b")));
        leader.context.getRouteController().stopRoute("b");

        until(() -> members.ledger.running(other.id) == 2);
        // None of the two begins there before both have ended here.
        List<String> events = members.ledger.events;
        int firstOfOther = IntStream.range(0, events.size())
                .filter(i -> events.get(i).startsWith(other.id))
                .findFirst()
                .orElseThrow();
        assertThat(events.subList(0, firstOfOther))
                .filteredOn(event -> event.endsWith("stop"))
                .hasSize(2);
    }

    @Test
    void twoHundredLocksHaveOneConsumerEachAndMoveWhenAContextStops() throws Exception {
        int locks = 200;
        for (String id : List.of("one", "two")) {
            members.member(id)
                    .routes(routes(r -> {
                        for (int i = 0; i < locks; i++) {
                            r.from("master:lock" + i + ":work:w" + i)
                                    .routeId("w" + i)
                                    .to("log:x?level=DEBUG");
                        }
                    }))
                    .start();
        }
        until(() -> members.ledger.running("one") + members.ledger.running("two") == locks);
        stays(() -> members.ledger.running("one") + members.ledger.running("two") == locks);
        Member first = members.runs("w0");
        Member other = members.otherThan(first);

        first.context.stop();

        until(() -> members.ledger.running(other.id) == locks);
        assertThat(members.ledger.running(first.id)).isZero();
        members.checkNeverTwoAtOnce();
    }
}
