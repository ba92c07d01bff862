package io.github.camelmasterlite.examples.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.kubernetes.FaultProxy;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class RenewalsTest {
    private static final String LEASE = "/leases/bench-lock-1";

    private static FaultProxy.Answered put(long nanos, int code, String body) {
        return new FaultProxy.Answered(
                new FaultProxy.Request(nanos, "PUT", "/apis/namespaces/default" + LEASE, "", body), code, "");
    }

    private static String heldBy(String holder) {
        return "{\"spec\":{\"holderIdentity\":\"" + holder + "\",\"leaseDurationSeconds\":15}}";
    }

    @Test
    void aTakeOverByAnotherIsNoRenewal() {
        List<FaultProxy.Answered> answered = List.of(put(20, 200, heldBy("member-11")));
        assertThat(Renewals.next(answered, LEASE, "member-1", 10)).isEmpty();
        assertThat(Renewals.byOthers(answered, LEASE, "member-1", 10)).hasValue(20);
    }

    @Test
    void aReleaseIsNoRenewal() {
        assertThat(Renewals.next(List.of(put(20, 200, heldBy(""))), LEASE, "member-1", 10))
                .isEmpty();
    }

    @Test
    void itIsTheNextThatTheServerHasWritten() {
        List<FaultProxy.Answered> answered = List.of(
                put(5, 200, heldBy("member-1")),
                put(20, 409, heldBy("member-1")),
                put(40, 200, heldBy("member-1")),
                put(30, 200, heldBy("member-1")));
        assertThat(Renewals.next(answered, LEASE, "member-1", 10)).hasValue(30);
    }

    @Test
    void aHolderIsFoundInOtherEncodingsThanJson() {
        List<FaultProxy.Answered> answered = List.of(put(20, 200, "k8s\0 member-11\u0010"));
        assertThat(Renewals.next(answered, LEASE, "member-11", 10)).hasValue(20);
        assertThat(Renewals.next(answered, LEASE, "member-1", 10)).isEmpty();
    }
}
