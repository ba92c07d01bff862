package io.github.camelmasterlite.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.camelmasterlite.election.Timing;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class EngineTest {

    @Test
    void anEngineThatCannotStartLeavesItsBackEndClosed() throws Exception {
        AtomicBoolean isExhausted = new AtomicBoolean(true);
        Threads few = LaneTest.exhausted("engine-test", isExhausted);
        MemoryLeaseStore.Shelf shelf = new MemoryLeaseStore.Shelf();
        assertThatThrownBy(() -> Engine.open(backend(shelf), Ticker.system(), few, ids -> {}))
                .hasMessageContaining("native thread");
        isExhausted.set(false);
        // As long as the former one is connected, there is a member of this name already.
        assertThat(Engine.open(backend(shelf), Ticker.system(), few, ids -> {}).closeWhenIdle())
                .succeedsWithin(Duration.ofSeconds(10));
    }

    private static LeaseBackend backend(MemoryLeaseStore.Shelf shelf) {
        return new LeaseBackend(
                new MemoryLeaseStore(shelf),
                "me",
                Timing.defaults(),
                () -> "i1",
                new SplittableRandom(1),
                Ticker.system());
    }
}
