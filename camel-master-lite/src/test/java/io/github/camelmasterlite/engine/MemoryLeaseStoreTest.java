package io.github.camelmasterlite.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.StoredRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MemoryLeaseStoreTest {

    private final MemoryLeaseStore.Shelf shelf = new MemoryLeaseStore.Shelf();

    @Test
    void whoIsToldOfTheMembersIsToldTheLatestLastHoweverChangesOverlap() {
        // The second member's news reaches the first only after the third's: as if another thread had been quicker.
        Members first = new Members() {
            @Override
            public void members(List<String> ids) {
                if (ids.equals(List.of("a", "b"))) {
                    new MemoryLeaseStore(shelf).open("c", new Members());
                }
                super.members(ids);
            }
        };
        new MemoryLeaseStore(shelf).open("a", first);
        Members second = new Members();
        new MemoryLeaseStore(shelf).open("b", second);
        assertThat(first.last).containsExactly("a", "b", "c");
        assertThat(second.last).containsExactly("a", "b", "c");
    }

    @Test
    void aMemberIdIsTakenOnlyByConnectionsOfAnotherOwner() {
        Object owner = new Object();
        MemoryLeaseStore first = new MemoryLeaseStore(shelf, owner);
        first.open("a", new Members());
        Members told = new Members();
        MemoryLeaseStore again = new MemoryLeaseStore(shelf, owner);
        again.open("a", told);
        assertThat(told.last).containsExactly("a");
        MemoryLeaseStore other = new MemoryLeaseStore(shelf);
        assertThatThrownBy(() -> other.open("a", new Members()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("there is a member 'a'");
        first.close();
        assertThat(told.last).containsExactly("a");
        assertThatThrownBy(() -> other.open("a", new Members())).isInstanceOf(IllegalStateException.class);
        again.close();
        other.open("a", new Members());
    }

    private static class Members implements LeaseStore.Listener {
        List<String> last = List.of();

        @Override
        public void changed(String lock, StoredRecord stored) {}

        @Override
        public void look(String lock) {}

        @Override
        public void lookAll() {}

        @Override
        public void watching(boolean live, @Nullable String reason) {}

        @Override
        public void members(List<String> ids) {
            last = ids;
        }
    }
}
