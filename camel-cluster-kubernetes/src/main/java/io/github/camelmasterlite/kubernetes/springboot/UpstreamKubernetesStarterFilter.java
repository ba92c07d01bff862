package io.github.camelmasterlite.kubernetes.springboot;

import io.github.camelmasterlite.springboot.PeerStarterFilter;

/** Leaves out the auto-configuration by which upstream makes its service from the same keys. */
final class UpstreamKubernetesStarterFilter extends PeerStarterFilter {

    UpstreamKubernetesStarterFilter() {
        super(
                "org.apache.camel.component.kubernetes.springboot.cluster.KubernetesClusterServiceAutoConfiguration",
                "camel-cluster-kubernetes");
    }
}
