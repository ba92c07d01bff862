package io.github.camelmasterlite.master;

import io.github.camelmasterlite.master.DelegateLifecycle.Phase;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.apache.camel.Consumer;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckAware;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.util.StopWatch;
import org.jspecify.annotations.Nullable;

/**
 * The health of one route behind {@code master:}, by role.
 *
 * <ul>
 *   <li>A follower is up: it has nothing to run.
 *   <li>A leader is what the check of its delegate says; up if the delegate has none.
 *   <li>A leader whose delegate does not start is down from the first attempt that fails to the one that succeeds, and tells why.
 *   <li>A leader whose delegate is being started for the first time in its tenure is up, until checks have seen that for {@link #START_GRACE}: then a start hangs.
 * </ul>
 *
 * <p>For readiness only: another process would start the same delegate no better.
 */
final class MasterHealth implements HealthCheck {

    /** What it may take a delegate to connect to whatever it consumes from. */
    static final Duration START_GRACE = Duration.ofSeconds(30);

    private final MasterConsumer consumer;
    private final Duration startGrace;
    private volatile boolean enabled = true;

    /** Of the start that is under way; null if there is none. */
    private volatile @Nullable Start start;

    private record Start(long attempt, StopWatch watch) {}

    MasterHealth(MasterConsumer consumer) {
        this(consumer, START_GRACE);
    }

    MasterHealth(MasterConsumer consumer, Duration startGrace) {
        this.consumer = consumer;
        this.startGrace = startGrace;
    }

    @Override
    public Result call(Map<String, Object> options) {
        HealthCheckResultBuilder result = HealthCheckResultBuilder.on(this).up();
        if (!enabled) {
            return result.message("Disabled")
                    .detail(CHECK_ENABLED, false)
                    .unknown()
                    .build();
        }
        Phase phase = consumer.phase();
        Consumer delegate = consumer.delegate();
        boolean leads = consumer.isMaster() || (phase != Phase.ABSENT && consumer.isDelegateWanted());
        result.detail("lock", consumer.getEndpoint().getNamespace());
        result.detail("role", leads ? "leader" : "follower");
        result.detail("delegate", phase.name().toLowerCase(Locale.ROOT).replace('_', ' '));
        if (phase == Phase.RUNNING) {
            ask(delegate, options, result);
        } else if (leads) {
            judge(phase, consumer.lastStartFailure(), result);
        }
        if (!isOnItsWay(phase) || !leads) {
            start = null;
        }
        return result.build();
    }

    private static void ask(@Nullable Consumer delegate, Map<String, Object> options, HealthCheckResultBuilder result) {
        HealthCheck check = delegate instanceof HealthCheckAware aware ? aware.getHealthCheck() : null;
        if (check == null) {
            return;
        }
        Result said = check.call(options);
        result.state(said.getState());
        said.getMessage().ifPresent(result::message);
        said.getError().ifPresent(result::error);
        said.getDetails().forEach(result::detail);
    }

    private void judge(Phase phase, @Nullable Throwable failure, HealthCheckResultBuilder result) {
        long attempts = consumer.getStartAttempts();
        if (failure != null) {
            String then = switch (phase) {
                case GIVEN_UP -> "all attempts have failed, the lock is given up";
                case BACKING_OFF -> "the next attempt follows";
                default -> "the next attempt is under way";
            };
            result.down()
                    .error(failure)
                    .detail("start.attempts", attempts)
                    .message("leading, but the consumer could not be started (" + failure + "); " + then);
        } else if (isOnItsWay(phase) && seenFor(attempts) > startGrace.toMillis()) {
            result.down()
                    .detail("start.attempts", attempts)
                    .message("leading, but the start of the consumer has not returned for more than "
                            + startGrace.toSeconds() + " s");
        }
    }

    /** A leader waits for the end of a warm-up that had begun before. */
    private static boolean isOnItsWay(Phase phase) {
        return phase == Phase.STARTING || phase == Phase.WARMING;
    }

    /** In milliseconds. */
    private long seenFor(long attempt) {
        Start known = start;
        if (known == null || known.attempt != attempt) {
            known = new Start(attempt, new StopWatch());
            start = known;
        }
        return known.watch.taken();
    }

    @Override
    public String getGroup() {
        return "camel";
    }

    @Override
    public String getId() {
        return "consumer:" + consumer.getRouteId();
    }

    @Override
    public boolean isEnabled() {
        return enabled;
    }

    @Override
    public void setEnabled(boolean enabled) {
        this.enabled = enabled;
    }
}
