package io.github.camelmasterlite.kubernetes.springboot;

import io.github.camelmasterlite.kubernetes.KubernetesClusterService;
import io.github.camelmasterlite.springboot.KeyMetadata;
import org.junit.jupiter.api.Test;

class KubernetesMetadataTest {

    @Test
    void everyKeyIsKnownToAnIdeAndInTheDocumentation() throws Exception {
        KeyMetadata metadata = new KeyMetadata(KubernetesProperties.class);
        metadata.assertComplete("camel.cluster.kubernetes");
        metadata.assertReplaced("camel.component.kubernetes.cluster.service", "camel.cluster.kubernetes");
        metadata.assertDefaults("camel.cluster.kubernetes", new KubernetesClusterService());
        metadata.assertDocumented("camel-cluster-kubernetes", "camel.cluster.kubernetes");
    }
}
