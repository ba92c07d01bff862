package io.github.camelmasterlite.master;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What the component remembers of delegates that outlive the stop of their route. */
class MasterLeftDelegatesTest {

    private final MasterComponent master = new MasterComponent();
    private final CompletableFuture<Void> first = new CompletableFuture<>();
    private final CompletableFuture<Void> second = new CompletableFuture<>();

    @Test
    void aRouteThatHasLeftNoDelegateWaitsForNone() {
        master.leavesDelegate("other", first);

        assertThat(master.formerDelegate("route")).isDone();
    }

    @Test
    void theNextStartWaitsForADelegateThatWasLeftBeforeTheLast() {
        master.leavesDelegate("route", first);
        master.leavesDelegate("route", second);

        second.complete(null);

        assertThat(master.formerDelegate("route")).isNotDone();
        first.complete(null);
        assertThat(master.formerDelegate("route")).isDone();
    }

    @Test
    void theEndOfTheDelegateThatWasLeftFirstDoesNotEndTheWaitForTheLast() {
        master.leavesDelegate("route", first);
        master.leavesDelegate("route", second);

        first.complete(null);

        assertThat(master.formerDelegate("route")).isNotDone();
        second.complete(null);
        assertThat(master.formerDelegate("route")).isDone();
    }
}
