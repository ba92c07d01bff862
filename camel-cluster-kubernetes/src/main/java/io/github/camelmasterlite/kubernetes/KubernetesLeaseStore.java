package io.github.camelmasterlite.kubernetes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.StoredRecord;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Lease records as Lease objects, one for each lock.
 *
 * <p>An object is created by POST alone, and replaced by PUT with its version and its identity: with less, a late write would bring back what was deleted. The fencing token is the
 * resourceVersion, which rises across deletion as well.
 */
final class KubernetesLeaseStore extends ReportingStore {

    private final KubeApi api;
    private final String prefix;
    private final Map<String, String> labels;

    /** By the name of the object, the locks of this member. */
    private final Map<String, String> locks = new ConcurrentHashMap<>();

    /** Locks whose Lease somebody else has made, so that it lacks the label by which the watch selects: they are looked at every few seconds. */
    private final Set<String> unwatched = ConcurrentHashMap.newKeySet();

    /**
     * @param api     where the leases are
     * @param prefix  what their names begin with
     * @param labels  what each of them is labelled with, beside {@link LeaseObject#LABEL}
     * @param pods    where the pods are
     * @param setting what else is needed
     */
    KubernetesLeaseStore(KubeApi api, String prefix, Map<String, String> labels, KubeApi pods, Setting setting) {
        super(
                new Reporting.Source(
                        api,
                        "labelSelector=" + KubeApi.encode(LeaseObject.LABEL + "=" + LockNames.labelValue(prefix)),
                        pods,
                        labels),
                setting);
        this.api = api;
        this.prefix = prefix;
        this.labels = withLabel(labels, prefix);
    }

    private static Map<String, String> withLabel(Map<String, String> labels, String prefix) {
        Map<String, String> all = new java.util.TreeMap<>(labels);
        all.put(LeaseObject.LABEL, LockNames.labelValue(prefix));
        return Map.copyOf(all);
    }

    @Override
    Reporting.Reader reader() {
        return new LeaseReader();
    }

    @Override
    boolean isKnown(String lock) {
        return locks.containsKey(LockNames.lease(prefix, lock));
    }

    @Override
    public CompletionStage<StoredRecord> read(String lock) {
        String name = name(lock);
        return api.get(name).thenApply(found -> {
            StoredRecord stored = found.map(object -> understood(lock, object)).orElseGet(() -> StoredRecord.absent(0));
            boolean isWatched = found.map(this::isSelected).orElse(false);
            if (found.isPresent() && !isWatched) {
                unwatched.add(lock);
            }
            if (found.isEmpty() || isWatched || !isKnown(lock)) {
                unwatched.remove(lock);
            }
            seen(lock, stored, isWatched);
            mayBeRehearsed(lock, stored);
            return stored;
        });
    }

    @Override
    public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
        String name = name(lock);
        CompletionStage<Optional<ObjectNode>> written = expected.kind() == StoredRecord.Kind.ABSENT
                ? api.create(LeaseObject.create(name, lock, labels, next))
                : api.replace(name, LeaseObject.replace(expected, lock, labels, next));
        written.whenComplete((answer, failure) -> {
            if (failure != null && expected.kind() != StoredRecord.Kind.ABSENT) {
                failed(failure);
            }
        });
        return written.thenApply(answer -> {
            if (answer.isEmpty()) {
                return new Outcome.Conflict();
            }
            StoredRecord stored = understood(lock, answer.get());
            unwatched.remove(lock);
            seen(lock, stored, true);
            mayBeRehearsed(lock, stored);
            return new Outcome.Written(stored);
        });
    }

    private void mayBeRehearsed(String lock, StoredRecord stored) {
        LeaseRecord record = stored.record();
        if (record != null) {
            mayBeRehearsed(() -> api.rehearse(
                            LockNames.lease(prefix, lock), LeaseObject.replace(stored, lock, labels, record))
                    .thenApply(answer -> answer.map(object -> understood(lock, object))));
        }
    }

    private String name(String lock) {
        String name = LockNames.lease(prefix, lock);
        locks.put(name, lock);
        return name;
    }

    private static StoredRecord understood(String lock, ObjectNode object) {
        String owner = LeaseObject.lockOf(object);
        if (owner != null && !owner.equals(lock)) {
            throw new CompletionException(
                    new IOException("The lease " + LeaseObject.nameOf(object) + " is that of lock '"
                            + owner + "', not of '" + lock
                            + "'; give each cluster its own kubernetesResourceName, so that their names do not meet"));
        }
        return LeaseObject.read(object);
    }

    private boolean isSelected(ObjectNode object) {
        return object.path("metadata")
                .path("labels")
                .path(LeaseObject.LABEL)
                .asText()
                .equals(labels.get(LeaseObject.LABEL));
    }

    private void seen(String lock, StoredRecord stored, boolean isWatched) {
        if (isWatched) {
            expect(stored.revision());
        }
        isHeld(lock, stored);
    }

    @Override
    public void forget(String lock) {
        locks.remove(LockNames.lease(prefix, lock));
        unwatched.remove(lock);
        super.forget(lock);
    }

    private final class LeaseReader implements Reporting.Reader {
        @Override
        public void listed(List<ObjectNode> objects, Listener to) {
            Set<String> missing = new HashSet<>(locks.keySet());
            for (ObjectNode object : objects) {
                missing.remove(LeaseObject.nameOf(object));
                changed(object, to);
            }
            missing.stream().map(locks::get).filter(Objects::nonNull).forEach(to::look);
        }

        @Override
        public void changed(ObjectNode object, Listener to) {
            String lock = locks.get(LeaseObject.nameOf(object));
            String owner = LeaseObject.lockOf(object);
            if (lock == null) {
                return;
            }
            if (owner != null && !owner.equals(lock)) {
                to.look(lock);
                return;
            }
            StoredRecord stored = LeaseObject.read(object);
            isHeld(lock, stored);
            mayBeRehearsed(lock, stored);
            to.changed(lock, stored);
        }

        /** It may also only have lost its label. */
        @Override
        public void removed(ObjectNode object, Listener to) {
            String lock = locks.get(LeaseObject.nameOf(object));
            if (lock != null) {
                to.look(lock);
            }
        }

        @Override
        public void passed(Listener to) {
            unwatched.forEach(to::look);
            rehearse();
        }
    }
}
