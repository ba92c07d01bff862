package io.github.camelmasterlite.cluster;

/**
 * Accompanies every cluster service of this project from its start to its stop, to show people what it does: management, statistics, events. Found by {@link java.util.ServiceLoader}; one
 * that cannot be loaded, because a library it is for is not there, is left out.
 */
public interface ServiceCompanion {

    /**
     * The service has been started; its context, if it has one, may still be starting. What this throws is logged and does not keep the service from
     * running.
     *
     * @param service the service; the same may be started again later
     */
    void started(ElectionClusterService service);

    /**
     * The service has stopped; of locks whose work has not ended in time more may be told. Always follows {@link #started}, on the same companion.
     *
     * @param service the service
     */
    void stopped(ElectionClusterService service);
}
