package io.github.camelmasterlite.kubernetes.springboot;

import io.github.camelmasterlite.kubernetes.KubernetesClusterService;
import io.github.camelmasterlite.springboot.OptionKeys;
import java.util.List;
import org.springframework.core.env.Environment;

/** The keys of the service, and what they do to it. */
final class KubernetesKeys {

    private final OptionKeys<KubernetesProperties> keys;
    private final KubernetesProperties values;

    KubernetesKeys(Environment environment) {
        keys = in(environment);
        values = keys.read();
    }

    static OptionKeys<KubernetesProperties> in(Environment environment) {
        return new OptionKeys<>(
                environment,
                KubernetesProperties.class,
                List.of("camel.cluster.kubernetes"),
                "camel.component.kubernetes.cluster.service");
    }

    /** Only if it is asked for: a library on the class path does not mean a cluster around it. */
    static boolean areEnabled(Environment environment) {
        return Boolean.TRUE.equals(in(environment).read("enabled", Boolean.class));
    }

    static boolean areRebalancing(Environment environment) {
        return Boolean.TRUE.equals(in(environment).read("rebalancing", Boolean.class));
    }

    /** Refuses keys that do not exist, and warns of those that are out of use. */
    void check() {
        keys.refuseUnknown();
        keys.warnOfFormerKeys();
    }

    KubernetesClusterService service() {
        KubernetesClusterService service = new KubernetesClusterService();
        keys.set("id", values.getId(), service::setId);
        keys.set("order", values.getOrder(), service::setOrder);
        if (!values.getAttributes().isEmpty()) {
            keys.set("attributes", values.getAttributes(), service::setAttributes);
        }
        keys.set("stop-budget-millis", values.getStopBudgetMillis(), service::setStopBudgetMillis);
        keys.set("master-url", values.getMasterUrl(), service::setMasterUrl);
        keys.set("connection-timeout", values.getConnectionTimeout(), service::setConnectionTimeout);
        keys.set("connection-timeout-millis", values.getConnectionTimeoutMillis(), service::setConnectionTimeoutMillis);
        keys.set("kubernetes-namespace", values.getKubernetesNamespace(), service::setKubernetesNamespace);
        keys.set("namespace", values.getNamespace(), service::setNamespace);
        keys.set(
                "kubernetes-resources-namespace",
                values.getKubernetesResourcesNamespace(),
                service::setKubernetesResourcesNamespace);
        keys.set("config-map-name", values.getConfigMapName(), service::setConfigMapName);
        keys.set("kubernetes-resource-name", values.getKubernetesResourceName(), service::setKubernetesResourceName);
        keys.set("lease-resource-type", values.getLeaseResourceType(), service::setLeaseResourceType);
        keys.set("group-name", values.getGroupName(), service::setGroupName);
        keys.set("pod-name", values.getPodName(), service::setPodName);
        if (!values.getClusterLabels().isEmpty()) {
            keys.set("cluster-labels", values.getClusterLabels(), service::setClusterLabels);
        }
        keys.set("lease-duration-millis", values.getLeaseDurationMillis(), service::setLeaseDurationMillis);
        keys.set("renew-deadline-millis", values.getRenewDeadlineMillis(), service::setRenewDeadlineMillis);
        keys.set("retry-period-millis", values.getRetryPeriodMillis(), service::setRetryPeriodMillis);
        keys.set("drain-timeout-millis", values.getDrainTimeoutMillis(), service::setDrainTimeoutMillis);
        keys.set("jitter-factor", values.getJitterFactor(), service::setJitterFactor);
        return service;
    }
}
