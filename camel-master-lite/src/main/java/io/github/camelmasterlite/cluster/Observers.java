package io.github.camelmasterlite.cluster;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells all observers; one that throws is logged and keeps the others from nothing. */
final class Observers {

    private static final Logger LOG = LoggerFactory.getLogger(Observers.class);

    private final List<LeadershipObserver> all = new CopyOnWriteArrayList<>();

    void add(LeadershipObserver observer) {
        all.add(observer);
    }

    void remove(LeadershipObserver observer) {
        all.remove(observer);
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    void tell(Consumer<LeadershipObserver> what) {
        for (LeadershipObserver observer : all) {
            try {
                what.accept(observer);
            } catch (Throwable t) {
                LOG.warn("{} failed when told of a change; others are still told", observer, t);
            }
        }
    }
}
