package io.github.camelmasterlite.springboot;

import io.github.camelmasterlite.master.MasterComponent;
import java.util.List;
import org.apache.camel.Component;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.spi.ComponentCustomizer;
import org.apache.camel.support.PropertyBindingSupport;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * The keys {@code camel.component.master.*}, and a look at all of {@code camel.cluster.*}: a type that nothing on the class path knows would have no effect.
 */
@AutoConfiguration(beforeName = "org.apache.camel.spring.boot.CamelAutoConfiguration")
@ConditionalOnClass(name = "org.apache.camel.spring.boot.CamelAutoConfiguration")
class MasterAutoConfiguration {

    private final OptionKeys<MasterProperties> keys;
    private final MasterProperties values;
    private final boolean isEnabled;

    MasterAutoConfiguration(Environment environment) {
        keys = in(environment);
        values = keys.read();
        isEnabled = isTrue(values.getEnabled(), environment, "camel.component.enabled")
                && isTrue(values.getCustomizer().getEnabled(), environment, "camel.component.customizer.enabled");
    }

    private static OptionKeys<MasterProperties> in(Environment environment) {
        return new OptionKeys<>(environment, MasterProperties.class, List.of("camel.component.master"), null);
    }

    /** Before any bean is made: one that misses a cluster service would fail in place of the key that is misspelt. */
    @Bean
    static BeanFactoryPostProcessor camelMasterLiteKeys(Environment environment) {
        return beans -> {
            OptionKeys<MasterProperties> keys = in(environment);
            keys.refuseUnknown();
            keys.read();
            new ClusterTypes(environment).refuseUnknown();
        };
    }

    @Bean
    static SmartInitializingSingleton camelMasterLiteServicesOfContext(ListableBeanFactory beans) {
        return new ServicesOfContext(beans);
    }

    /** What is said of this component, or else of all. */
    private static boolean isTrue(@Nullable Boolean own, Environment environment, String ofAll) {
        return own != null ? own : environment.getProperty(ofAll, Boolean.class, true);
    }

    @Bean
    ComponentCustomizer camelMasterLiteComponentCustomizer() {
        return new ComponentCustomizer() {
            @Override
            public boolean isEnabled(String name, Component target) {
                return isEnabled && target instanceof MasterComponent;
            }

            @Override
            public void configure(String name, Component target) {
                apply((MasterComponent) target);
            }
        };
    }

    private void apply(MasterComponent component) {
        keys.set("autowired-enabled", values.getAutowiredEnabled(), component::setAutowiredEnabled);
        keys.set("bridge-error-handler", values.getBridgeErrorHandler(), component::setBridgeErrorHandler);
        keys.set("back-off-delay", values.getBackOffDelay(), text -> component.setBackOffDelay(Millis.parse(text)));
        keys.set("back-off-max-attempts", values.getBackOffMaxAttempts(), component::setBackOffMaxAttempts);
        keys.set("guard", values.getGuard(), component::setGuard);
        keys.set("headers", values.getHeaders(), component::setHeaders);
        keys.set("warm-standby", values.getWarmStandby(), component::setWarmStandby);
        keys.set("on-suspend", values.getOnSuspend(), component::setOnSuspend);
        keys.set(
                "yield-when-down-for",
                values.getYieldWhenDownFor(),
                text -> component.setYieldWhenDownFor(Millis.parse(text)));
        keys.set(
                "service",
                values.getService(),
                name -> component.setService(bean(component, name, CamelClusterService.class)));
        keys.set(
                "service-selector",
                values.getServiceSelector(),
                name -> component.setServiceSelector(bean(component, name, CamelClusterService.Selector.class)));
    }

    private static <B> B bean(MasterComponent component, String written, Class<B> type) {
        try {
            Object value = PropertyBindingSupport.resolveBean(
                    component.getCamelContext(),
                    written.contains(":") ? written : "#bean:" + written.replaceFirst("^#", ""));
            if (type.isInstance(value)) {
                return type.cast(value);
            }
        } catch (Exception e) {
            throw new IllegalArgumentException(notBean(written, type) + ": " + e.getMessage(), e);
        }
        throw new IllegalArgumentException(notBean(written, type));
    }

    private static String notBean(String written, Class<?> type) {
        return "'" + written + "' names no bean of type " + type.getName() + "; write #bean:name";
    }
}
