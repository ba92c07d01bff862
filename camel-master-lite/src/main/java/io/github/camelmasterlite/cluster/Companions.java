package io.github.camelmasterlite.cluster;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The companions of one service: none of them keeps it from anything. */
final class Companions {

    private static final Logger LOG = LoggerFactory.getLogger(Companions.class);

    private final List<ServiceCompanion> all = new ArrayList<>();

    /** Those found on the class path of this library. */
    static Companions find() {
        Companions found = new Companions();
        Iterator<ServiceCompanion> candidates = ServiceLoader.load(
                        ServiceCompanion.class, Companions.class.getClassLoader())
                .iterator();
        while (true) {
            try {
                if (!candidates.hasNext()) {
                    return found;
                }
                found.all.add(candidates.next());
            } catch (ServiceConfigurationError | LinkageError e) {
                LOG.debug("A companion of cluster services is left out: what it needs is not on the class path", e);
            }
        }
    }

    void started(ElectionClusterService service) {
        tell(companion -> companion.started(service));
    }

    void stopped(ElectionClusterService service) {
        tell(companion -> companion.stopped(service));
    }

    private void tell(Consumer<ServiceCompanion> what) {
        for (ServiceCompanion companion : all) {
            try {
                what.accept(companion);
            } catch (Exception | LinkageError e) {
                LOG.warn(
                        "{} failed; the cluster service goes on without it",
                        companion.getClass().getName(),
                        e);
            }
        }
    }
}
