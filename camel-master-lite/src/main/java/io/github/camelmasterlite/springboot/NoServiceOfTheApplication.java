package io.github.camelmasterlite.springboot;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.camel.cluster.CamelClusterService;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * The application has no cluster service of its own. Those of this project that keys ask for stand beside each other; they are told by their names, as a service that is
 * rebalanced is of a type that does not tell.
 */
public final class NoServiceOfTheApplication extends SpringBootCondition implements ConfigurationCondition {

    private static final Set<String> MADE_FROM_KEYS = Set.of("file-lock-cluster-service", "kubernetes-cluster-service");

    /** When the beans of the application are known. */
    @Override
    public ConfigurationPhase getConfigurationPhase() {
        return ConfigurationPhase.REGISTER_BEAN;
    }

    @Override
    public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        List<String> others = others(context.getBeanFactory());
        return new ConditionOutcome(
                others.isEmpty(),
                ConditionMessage.forCondition("no cluster service of the application")
                        .because(others.isEmpty() ? "there is none" : "there is " + String.join(", ", others)));
    }

    private static List<String> others(@Nullable ConfigurableListableBeanFactory beans) {
        if (beans == null) {
            return List.of();
        }
        String[] all =
                BeanFactoryUtils.beanNamesForTypeIncludingAncestors(beans, CamelClusterService.class, true, false);
        return Arrays.stream(all).filter(name -> !MADE_FROM_KEYS.contains(name)).toList();
    }
}
