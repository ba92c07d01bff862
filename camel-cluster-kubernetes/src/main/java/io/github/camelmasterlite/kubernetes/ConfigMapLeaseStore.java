package io.github.camelmasterlite.kubernetes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.election.StoredRecord.Kind;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Lease records of all locks in one ConfigMap.
 *
 * <p>The server compares the version of the whole map, and other locks are renewed in it all the time. A write that is refused for that reason is tried again here, after a look whether
 * what was expected for this lock is still there. The revision of a record is one more than the version of the map that its write replaced: it rises with
 * every write, and does not change when other locks are written.
 */
final class ConfigMapLeaseStore extends ReportingStore {

    /** How often a write is tried again because other locks were written at the same time. */
    private static final int MAX_TRIES = 40;

    /** The longest of the prefixes of keys. */
    private static final int KEY_PREFIX = MapEntry.TIME.length();

    /** What was found for a lock that has no revision of its own, and which one it got: the same thing keeps it, although other locks change the map. */
    private record Found(MapEntry entry, long version) {}

    private static final class Known {
        final String lock;
        final String key;
        final AtomicReference<@Nullable Found> found = new AtomicReference<>();

        /** How many writes have begun. Whoever begins one has given up those before. */
        final AtomicInteger writes = new AtomicInteger();

        Known(String lock) {
            this.lock = lock;
            this.key = LockNames.dataKey(lock, KEY_PREFIX);
        }
    }

    /** What shall be written, in as many tries as it takes unless it is given up. */
    private record Write(Known known, StoredRecord expected, LeaseRecord next, int number) {
        boolean isGivenUp() {
            return known.writes.get() != number;
        }
    }

    /** The map as it was at a version; without an object if there was none. */
    private record State(@Nullable ObjectNode map, long version) {}

    private final KubeApi api;
    private final String name;
    private final Map<String, String> labels;
    private final String query;

    private final Map<String, Known> locks = new ConcurrentHashMap<>();

    /** The newest that is known, so that most writes need no look before. */
    private final AtomicReference<@Nullable State> latest = new AtomicReference<>();

    /**
     * @param api     where the map is
     * @param name    its name
     * @param labels  what a new one is labelled with
     * @param pods    where the pods are
     * @param setting what else is needed
     */
    ConfigMapLeaseStore(KubeApi api, String name, Map<String, String> labels, KubeApi pods, Setting setting) {
        super(new Reporting.Source(api, query(name), pods, labels), setting);
        this.api = api;
        this.name = name;
        this.labels = Map.copyOf(labels);
        this.query = query(name);
    }

    private static String query(String name) {
        return "fieldSelector=" + KubeApi.encode("metadata.name=" + name);
    }

    @Override
    Reporting.Reader reader() {
        return new MapReader();
    }

    @Override
    boolean isKnown(String lock) {
        return locks.containsKey(lock);
    }

    @Override
    public CompletionStage<StoredRecord> read(String lock) {
        Known known = known(lock);
        return look().thenApply(state -> stored(known, state));
    }

    /** A list, not a get: it has a version even if there is no map, from which the revisions of a new one go on. */
    private CompletionStage<State> look() {
        return api.list(query).thenApply(list -> {
            long version = LeaseObject.versionOf(list);
            State state = list.path("items").path(0) instanceof ObjectNode map
                    ? new State(map, LeaseObject.versionOf(map))
                    : new State(null, version);
            return keep(state);
        });
    }

    private State keep(State state) {
        latest.accumulateAndGet(state, (a, b) -> a == null || (b != null && b.version() > a.version()) ? b : a);
        ObjectNode map = state.map();
        if (map != null) {
            expect(state.version());
            mayBeRehearsed(() -> api.rehearse(name, map));
        }
        return state;
    }

    private StoredRecord stored(Known known, State state) {
        ObjectNode map = state.map();
        StoredRecord stored = map == null
                ? StoredRecord.absent(state.version())
                : steady(known, MapEntry.of(map, known.key), state.version());
        isHeld(known.lock, stored);
        return stored;
    }

    private static StoredRecord steady(Known known, MapEntry entry, long version) {
        Found found = known.found.updateAndGet(
                before -> before != null && before.entry().equals(entry) ? before : new Found(entry, version));
        return entry.read(found == null ? version : found.version());
    }

    @Override
    public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
        Known known = known(lock);
        Write write = new Write(known, expected, next, known.writes.incrementAndGet());
        State newest = latest.get();
        return newest != null && isStill(known, expected, newest)
                ? replace(write, newest, 1)
                : lookAndReplace(write, 1);
    }

    private CompletionStage<Outcome> lookAndReplace(Write write, int attempt) {
        return look().thenCompose(state -> isStill(write.known(), write.expected(), state)
                ? replace(write, state, attempt)
                : CompletableFuture.completedStage(new Outcome.Conflict()));
    }

    private static boolean isStill(Known known, StoredRecord expected, State state) {
        ObjectNode map = state.map();
        if (expected.kind() == Kind.ABSENT) {
            return map == null || MapEntry.of(map, known.key).isEmpty();
        }
        if (map == null) {
            return false;
        }
        MapEntry entry = MapEntry.of(map, known.key);
        return entry.equals(expected.identity())
                && steady(known, entry, state.version()).revision() == expected.revision();
    }

    private CompletionStage<Outcome> replace(Write write, State base, int attempt) {
        Known known = write.known();
        ObjectNode map = base.map();
        ObjectNode changed = map == null ? newMap() : map.deepCopy();
        MapEntry.write(changed, known.key, known.lock, write.next(), base.version() + 1);
        CompletionStage<Optional<ObjectNode>> written = map == null ? api.create(changed) : api.replace(name, changed);
        written.whenComplete((answer, failure) -> {
            if (failure != null && map != null) {
                failed(failure);
            }
        });
        return written.thenCompose(answer -> {
            if (answer.isPresent()) {
                State state = keep(new State(answer.get(), LeaseObject.versionOf(answer.get())));
                return CompletableFuture.completedStage(new Outcome.Written(stored(known, state)));
            }
            if (attempt == MAX_TRIES) {
                return CompletableFuture.failedStage(new IOException("configmap " + name + " in namespace "
                        + api.namespace() + " was written by others " + MAX_TRIES
                        + " times while lock " + known.lock
                        + " was to be written; use leases, where locks do not disturb each other (leaseResourceType)"));
            }
            if (write.isGivenUp()) {
                return CompletableFuture.failedStage(
                        new IOException("given up for a later write of lock " + known.lock));
            }
            return lookAndReplace(write, attempt + 1);
        });
    }

    private ObjectNode newMap() {
        ObjectNode map = KubeApi.newObject();
        map.put("apiVersion", "v1").put("kind", "ConfigMap");
        ObjectNode put = map.putObject("metadata").put("name", name).putObject("labels");
        labels.forEach(put::put);
        put.put("provider", "camel").put("kind", "locks"); // as camel-kubernetes labels it
        return map;
    }

    private Known known(String lock) {
        return locks.computeIfAbsent(lock, Known::new);
    }

    @Override
    public void forget(String lock) {
        Known gone = locks.remove(lock);
        if (gone != null) {
            gone.writes.incrementAndGet();
        }
        super.forget(lock);
    }

    private final class MapReader implements Reporting.Reader {
        @Override
        public void listed(List<ObjectNode> objects, Listener to) {
            if (objects.isEmpty()) {
                to.lookAll();
            }
            objects.forEach(map -> changed(map, to));
        }

        @Override
        public void changed(ObjectNode map, Listener to) {
            State state = keep(new State(map, LeaseObject.versionOf(map)));
            locks.values().forEach(known -> to.changed(known.lock, stored(known, state)));
        }

        @Override
        public void removed(ObjectNode map, Listener to) {
            to.lookAll();
        }

        @Override
        public void passed(Listener to) {
            rehearse();
        }
    }
}
