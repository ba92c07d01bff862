package io.github.camelmasterlite.kubernetes.springboot;

import io.github.camelmasterlite.kubernetes.KubernetesClusterService;
import io.github.camelmasterlite.springboot.KeyCondition;
import io.github.camelmasterlite.springboot.NoServiceOfTheApplication;
import org.apache.camel.support.cluster.RebalancingCamelClusterService;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * A {@link KubernetesClusterService} from the keys {@code camel.cluster.kubernetes.*}, unless the application has a cluster service of its own. It goes first, so that only beans of the application are seen; one of
 * another type of this project stands beside it, if both are asked for.
 */
@AutoConfiguration(
        beforeName = {
            "org.apache.camel.spring.boot.cluster.ClusteredRouteControllerAutoConfiguration",
            "org.apache.camel.spring.boot.CamelAutoConfiguration"
        })
@AutoConfigureOrder(Ordered.HIGHEST_PRECEDENCE)
@ConditionalOnClass(name = "org.apache.camel.spring.boot.CamelAutoConfiguration")
class KubernetesAutoConfiguration {

    /**
     * Wrong keys are wrong whether or not the service is enabled: the one that enables it may be among them. Looked at before any bean is made: else the first that misses
     * the service would fail in their place.
     */
    @Bean
    static BeanFactoryPostProcessor camelMasterLiteKubernetesKeys(Environment environment) {
        return beans -> new KubernetesKeys(environment).check();
    }

    @Configuration(proxyBeanMethods = false)
    @Conditional({Enabled.class, NoServiceOfTheApplication.class})
    static class Service {

        private final KubernetesKeys keys;

        Service(Environment environment) {
            keys = new KubernetesKeys(environment);
        }

        /** The context stops it, after its routes. */
        @Bean(name = "kubernetes-cluster-service", destroyMethod = "")
        @Conditional(Alone.class)
        KubernetesClusterService clusterService() {
            return keys.service();
        }

        @Bean(name = "kubernetes-cluster-service", destroyMethod = "")
        @Conditional(Rebalancing.class)
        RebalancingCamelClusterService rebalancingClusterService() {
            KubernetesClusterService service = keys.service();
            return new RebalancingCamelClusterService(service, service.getRenewDeadlineMillis());
        }
    }

    static final class Enabled extends KeyCondition {
        Enabled() {
            super("camel.cluster.kubernetes.enabled");
        }

        @Override
        protected boolean isAskedFor(Environment environment) {
            return KubernetesKeys.areEnabled(environment);
        }
    }

    static final class Rebalancing extends KeyCondition {
        Rebalancing() {
            super("camel.cluster.kubernetes.rebalancing");
        }

        @Override
        protected boolean isAskedFor(Environment environment) {
            return KubernetesKeys.areRebalancing(environment);
        }
    }

    static final class Alone extends KeyCondition {
        Alone() {
            super("no camel.cluster.kubernetes.rebalancing");
        }

        @Override
        protected boolean isAskedFor(Environment environment) {
            return !KubernetesKeys.areRebalancing(environment);
        }
    }
}
