package io.github.camelmasterlite.springboot;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/** Whether keys ask for something. */
public abstract class KeyCondition extends SpringBootCondition {

    private final String what;

    /**
     * @param what it is, for the report of conditions
     */
    protected KeyCondition(String what) {
        this.what = what;
    }

    /** Whether it is asked for. */
    protected abstract boolean isAskedFor(Environment environment);

    @Override
    public final ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        boolean matches = isAskedFor(context.getEnvironment());
        return new ConditionOutcome(
                matches,
                ConditionMessage.forCondition(what).because(matches ? "it is asked for" : "it is not asked for"));
    }
}
