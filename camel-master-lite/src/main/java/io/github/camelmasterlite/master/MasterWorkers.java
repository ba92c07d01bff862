package io.github.camelmasterlite.master;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.ExecutorServiceManager;
import org.apache.camel.spi.ThreadPoolProfile;
import org.apache.camel.util.concurrent.ThreadPoolRejectedPolicy;
import org.jspecify.annotations.Nullable;

/**
 * The threads of the component, shared by all its consumers and made when first needed: none for a follower, unless it keeps warm standbys. The clock thread only hands
 * over; slow starts run beside each other; exchanges that waited for a verdict go on in a pool of bounded size.
 */
final class MasterWorkers implements DelegateRunner.Workers {

    private static final int EXCHANGE_THREADS = 16;

    /** As many slow starts may run beside each other. */
    private static final int OPERATION_THREADS = 16;

    /** As many warm-ups may run beside each other; nothing but further warm-ups waits for them. */
    private static final int WARM_UP_THREADS = 4;

    private final CamelContext context;
    private final Object owner;
    private @Nullable ExecutorService operations;
    private @Nullable ExecutorService warmUps;
    private @Nullable ExecutorService stops;
    private @Nullable ExecutorService exchanges;
    private @Nullable ScheduledExecutorService clock;

    MasterWorkers(CamelContext context, Object owner) {
        this.context = context;
        this.owner = owner;
    }

    @Override
    public void stop(Runnable operation) {
        stops().execute(operation);
    }

    @Override
    public void run(Runnable operation) {
        operations().execute(operation);
    }

    @Override
    public void warmUp(Runnable operation) {
        warmUps().execute(operation);
    }

    @Override
    @SuppressWarnings(
            "FutureReturnValueIgnored") // it never fails by itself, and who scheduled it checks whether it is still
    // wanted
    public void runAfter(long millis, Runnable operation) {
        clock().schedule(() -> run(operation), millis, TimeUnit.MILLISECONDS);
    }

    /** Continues an exchange. */
    void continueExchange(Runnable exchange) {
        exchanges().execute(exchange);
    }

    /** Ends the threads when they have nothing left to do. They are made anew if they are needed again. */
    synchronized void close() {
        ExecutorServiceManager manager = context.getExecutorServiceManager();
        if (clock != null) {
            manager.shutdownNow(clock);
            clock = null;
        }
        if (operations != null) {
            manager.shutdown(operations);
            operations = null;
        }
        if (warmUps != null) {
            manager.shutdown(warmUps);
            warmUps = null;
        }
        if (stops != null) {
            manager.shutdown(stops);
            stops = null;
        }
        if (exchanges != null) {
            manager.shutdown(exchanges);
            exchanges = null;
        }
    }

    private synchronized ExecutorService operations() {
        if (operations == null) {
            operations = pool("masterOperation", "MasterOperation", OPERATION_THREADS);
        }
        return operations;
    }

    private synchronized ExecutorService warmUps() {
        if (warmUps == null) {
            warmUps = pool("masterWarmUp", "MasterWarmUp", WARM_UP_THREADS);
        }
        return warmUps;
    }

    private synchronized ExecutorService stops() {
        if (stops == null) {
            stops = context.getExecutorServiceManager().newCachedThreadPool(owner, "MasterStop");
        }
        return stops;
    }

    private synchronized ScheduledExecutorService clock() {
        if (clock == null) {
            clock = context.getExecutorServiceManager().newSingleThreadScheduledExecutor(owner, "MasterClock");
        }
        return clock;
    }

    private synchronized ExecutorService exchanges() {
        if (exchanges == null) {
            exchanges = pool("masterExchange", "MasterExchange", EXCHANGE_THREADS);
        }
        return exchanges;
    }

    private ExecutorService pool(String profileId, String name, int threads) {
        ThreadPoolProfile profile = new ThreadPoolProfile(profileId);
        profile.setPoolSize(threads);
        profile.setMaxPoolSize(threads);
        profile.setMaxQueueSize(Integer.MAX_VALUE); // to Camel, zero and less mean no queue at all
        profile.setKeepAliveTime(10L);
        profile.setTimeUnit(TimeUnit.SECONDS);
        profile.setAllowCoreThreadTimeOut(true);
        profile.setRejectedPolicy(ThreadPoolRejectedPolicy.Abort);
        return context.getExecutorServiceManager().newThreadPool(owner, name, profile);
    }
}
