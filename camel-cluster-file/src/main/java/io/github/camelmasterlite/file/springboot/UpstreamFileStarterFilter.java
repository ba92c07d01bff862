package io.github.camelmasterlite.file.springboot;

import io.github.camelmasterlite.springboot.PeerStarterFilter;

/** Leaves out the auto-configuration by which upstream makes its service from the same keys. */
final class UpstreamFileStarterFilter extends PeerStarterFilter {

    UpstreamFileStarterFilter() {
        super(
                "org.apache.camel.component.file.springboot.cluster.FileLockClusterServiceAutoConfiguration",
                "camel-cluster-file");
    }
}
