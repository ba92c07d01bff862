package io.github.camelmasterlite.kubernetes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.engine.Threads;
import io.github.camelmasterlite.engine.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What both kinds of stores report from the time they are opened until they are closed: changes of leases, and members. */
final class Reporting {

    /** Where what is reported comes from. */
    record Source(KubeApi leases, String query, KubeApi pods, Map<String, String> podLabels) {
        Source {
            podLabels = Map.copyOf(podLabels);
        }
    }

    /** Understands what is reported about leases. */
    interface Reader {

        /** Everything there is at the moment. */
        void listed(List<ObjectNode> objects, LeaseStore.Listener to);

        void changed(ObjectNode object, LeaseStore.Listener to);

        void removed(ObjectNode object, LeaseStore.Listener to);

        /** A few seconds have passed. */
        default void passed(LeaseStore.Listener to) {}
    }

    private static final Logger LOG = LoggerFactory.getLogger(Reporting.class);

    private final String member;
    private final LeaseStore.Listener listener;
    private final ObjectWatch leases;
    private final WatchThread thread;
    private final Members members;
    private volatile boolean isClosed;

    Reporting(
            Source source,
            Reader reader,
            String member,
            LeaseStore.Listener listener,
            Duration timeout,
            Ticker ticker) {
        this.member = member;
        this.listener = listener;
        this.members = new Members(member, ids -> tell(() -> listener.members(ids)));
        this.leases = new ObjectWatch(
                source.leases(), source.query(), timeout, new LeaseObserver(reader), ticker, new SplittableRandom());
        List<ObjectWatch> watches = new ArrayList<>();
        watches.add(leases);
        if (!source.podLabels().isEmpty()) {
            String query = "labelSelector=" + selector(source.podLabels());
            watches.add(
                    new ObjectWatch(source.pods(), query, timeout, new PodObserver(), ticker, new SplittableRandom()));
        }
        this.thread = new WatchThread(watches);
    }

    private static String selector(Map<String, String> labels) {
        return KubeApi.encode(labels.entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .sorted()
                .collect(Collectors.joining(",")));
    }

    void start(Threads threads) {
        thread.start(threads);
    }

    /** This version of a lease is known to exist. */
    void expect(long version) {
        leases.expect(version);
    }

    /** Who holds a lock, as far as it is known; empty if nobody does. */
    void holder(String lock, String holder) {
        members.holder(lock, holder);
    }

    void close() {
        isClosed = true;
        thread.close();
    }

    private void tell(Runnable report) {
        if (!isClosed) {
            listener.within(report);
        }
    }

    private final class LeaseObserver implements ObjectWatch.Observer {
        private final Reader reader;
        private boolean wasTold;

        LeaseObserver(Reader reader) {
            this.reader = reader;
        }

        @Override
        public void listed(List<ObjectNode> objects) {
            tell(() -> reader.listed(objects, listener));
        }

        @Override
        public void changed(ObjectNode object) {
            tell(() -> reader.changed(object, listener));
        }

        @Override
        public void removed(ObjectNode object) {
            tell(() -> reader.removed(object, listener));
        }

        @Override
        public void passed() {
            tell(() -> reader.passed(listener));
        }

        @Override
        public void live(boolean isLive, @Nullable String reason) {
            tell(() -> {
                listener.watching(isLive, reason);
                log(isLive, reason);
            });
        }

        /** A person is needed: all goes on, but hand-overs take longer and each follower asks again and again. */
        private void log(boolean isLive, @Nullable String reason) {
            if (!isLive) {
                LOG.warn(
                        "Changes of leases are not reported, {} looks every retryPeriodMillis until they are: {}",
                        member,
                        reason);
            } else if (wasTold) {
                LOG.info("Changes of leases are reported again by a watch to {}", member);
            }
            wasTold = !isLive;
        }
    }

    /** Pods that will not run again are no members; whether one is ready says nothing. */
    private final class PodObserver implements ObjectWatch.Observer {
        private final Set<String> names = ConcurrentHashMap.newKeySet();
        private boolean wasTold;

        @Override
        public void listed(List<ObjectNode> objects) {
            names.clear();
            objects.stream().filter(PodObserver::lives).map(LeaseObject::nameOf).forEach(names::add);
            members.pods(names);
        }

        @Override
        public void changed(ObjectNode object) {
            if (lives(object)) {
                names.add(LeaseObject.nameOf(object));
            } else {
                names.remove(LeaseObject.nameOf(object));
            }
            members.pods(names);
        }

        @Override
        public void removed(ObjectNode object) {
            names.remove(LeaseObject.nameOf(object));
            members.pods(names);
        }

        @Override
        public void live(boolean isLive, @Nullable String reason) {
            if (isLive) {
                wasTold = false;
                members.pods(names); // what changed meanwhile is reported from here on
                return;
            }
            members.pods(null);
            if (!wasTold) {
                wasTold = true;
                LOG.info("The members of the cluster are told from who holds leases, not from its pods: {}", reason);
            }
        }

        private static boolean lives(ObjectNode pod) {
            String phase = pod.path("status").path("phase").asText();
            return pod.path("metadata").path("deletionTimestamp").isMissingNode()
                    && !phase.equals("Failed")
                    && !phase.equals("Succeeded");
        }
    }
}
