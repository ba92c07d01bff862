package io.github.camelmasterlite.kubernetes;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The members known to live: the pods with the labels of the cluster, or, where they may not be read, the holders of leases; and always the member itself. Decides nothing.
 */
final class Members {

    private final String self;
    private final Consumer<List<String>> report;

    /** By lock; guarded by this, as all that follows. */
    private final Map<String, String> holders = new HashMap<>();

    private @Nullable Set<String> pods;
    private @Nullable List<String> reported;

    /**
     * @param self   the member itself
     * @param report told of changes, with no lock held; what it is told last is how it is
     */
    Members(String self, Consumer<List<String>> report) {
        this.self = self;
        this.report = report;
    }

    /** The pods there are; null if that is not known. */
    void pods(@Nullable Set<String> names) {
        changed(() -> pods = names == null ? null : Set.copyOf(names));
    }

    /** Who holds a lock; empty if nobody does. */
    void holder(String lock, String holder) {
        changed(() -> {
            if (holder.isEmpty()) {
                holders.remove(lock);
            } else {
                holders.put(lock, holder);
            }
        });
    }

    private void changed(Runnable change) {
        List<String> now;
        synchronized (this) {
            change.run();
            Set<String> ids = new TreeSet<>(pods == null ? holders.values() : pods);
            ids.add(self);
            now = List.copyOf(ids);
            if (now.equals(reported)) {
                return;
            }
            reported = now;
        }
        boolean isLatest = false;
        while (!isLatest) {
            report.accept(now);
            synchronized (this) {
                // Another thread may have told a later state before this one told an earlier.
                isLatest = now.equals(reported);
                now = Objects.requireNonNull(reported);
            }
        }
    }
}
