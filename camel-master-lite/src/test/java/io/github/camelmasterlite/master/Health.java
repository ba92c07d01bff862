package io.github.camelmasterlite.master;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.jspecify.annotations.Nullable;

/** A health check that says what the test says. */
final class Health implements HealthCheck {

    /** How often it was asked. */
    final AtomicInteger calls = new AtomicInteger();

    /** Whether it is down at the n-th call, from 1 on. */
    volatile IntPredicate down = call -> true;

    volatile @Nullable RuntimeException failure;
    private final String reason;
    private volatile boolean enabled = true;

    /** One that is down until told otherwise. */
    Health(String reason) {
        this.reason = reason;
    }

    @Override
    public Result call(Map<String, Object> options) {
        boolean isDown = down.test(calls.incrementAndGet());
        RuntimeException thrown = failure;
        if (thrown != null) {
            throw thrown;
        }
        HealthCheckResultBuilder builder = HealthCheckResultBuilder.on(this);
        return (isDown ? builder.down().message(reason) : builder.up()).build();
    }

    @Override
    public String getId() {
        return "test";
    }

    @Override
    public String getGroup() {
        return "test";
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
