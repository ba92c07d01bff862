package io.github.camelmasterlite.camel;

import static io.github.camelmasterlite.camel.Members.routes;
import static io.github.camelmasterlite.camel.Members.stays;
import static io.github.camelmasterlite.camel.Members.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.camel.Members.Kind;
import io.github.camelmasterlite.camel.Members.Member;
import java.util.List;
import org.apache.camel.impl.cluster.ClusteredRoutePolicy;
import org.apache.camel.support.cluster.RebalancingCamelClusterService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code RebalancingCamelClusterService} around the services of this project. */
class RebalancingTest {

    private static final int LOCKS = 6;
    private static final long PERIOD_MILLIS = 50;

    private Members members = new Members(Kind.LEASE);

    @AfterEach
    void stop() {
        members.close();
    }

    private Member rebalanced(String id, int locks) throws Exception {
        Member member = members.memberWithoutService(id);
        member.context.addService(
                new RebalancingCamelClusterService(member.context, member.service, PERIOD_MILLIS), true, true);
        return member.routes(routes(r -> {
                    for (int i = 0; i < locks; i++) {
                        r.from("master:lock" + i + ":work:w" + i)
                                .routeId("w" + i)
                                .to("log:x?level=DEBUG");
                    }
                }))
                .start();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void locksAreSharedEquallyAndMoveWhenAContextComesAndGoes(Kind kind) throws Exception {
        members.close();
        members = new Members(kind);
        Member one = rebalanced("one", LOCKS);
        until(() -> members.ledger.running("one") == LOCKS);

        Member two = rebalanced("two", LOCKS);
        until(() -> members.ledger.running("one") == LOCKS / 2 && members.ledger.running("two") == LOCKS / 2);
        stays(() -> members.ledger.running("one") == LOCKS / 2 && members.ledger.running("two") == LOCKS / 2);

        one.context.stop();
        until(() -> members.ledger.running("two") == LOCKS);
        assertThat(members.ledger.running("one")).isZero();
        two.context.stop();
        assertThat(members.ledger.running("two")).isZero();
        // It takes references and returns none: only the stop of the service ends the views.
        assertThat(two.service.getNamespaces()).hasSize(LOCKS);
        assertThat(two.service.isLeader("lock0")).isFalse();
    }

    @Test
    void policiesAreSharedEquallyToo() throws Exception {
        for (String id : List.of("one", "two")) {
            Member member = members.memberWithoutService(id);
            var service = new RebalancingCamelClusterService(member.context, member.service, PERIOD_MILLIS);
            member.context.addService(service, true, true);
            for (int i = 0; i < LOCKS; i++) {
                String name = "w" + i;
                ClusteredRoutePolicy policy = ClusteredRoutePolicy.forNamespace(service, "lock" + i);
                member.routes(routes(r ->
                        r.from("work:" + name).routeId(name).routePolicy(policy).to("log:x?level=DEBUG")));
            }
            member.start();
            until(() -> members.ledger.running("one") + members.ledger.running("two") == LOCKS);
        }
        until(() -> members.ledger.running("one") == LOCKS / 2 && members.ledger.running("two") == LOCKS / 2);
    }

    @Test
    void theLockOfAStoppedRouteIsStillHeldByItsServiceAndGoesWithIt() throws Exception {
        Member one = rebalanced("one", 1);
        until(() -> "one".equals(members.ledger.runs("w0")));
        // at least one period, in which a reference is taken
        stays(() -> "one".equals(members.ledger.runs("w0")));

        one.context.getRouteController().stopRoute("w0");

        rebalanced("two", 1);
        until(() -> members.ledger.running("one") == 0);
        one.context.stop();
        until(() -> "two".equals(members.ledger.runs("w0")));
    }
}
