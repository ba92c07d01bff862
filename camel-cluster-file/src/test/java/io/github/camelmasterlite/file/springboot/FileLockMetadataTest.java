package io.github.camelmasterlite.file.springboot;

import io.github.camelmasterlite.file.FileLockClusterService;
import io.github.camelmasterlite.springboot.KeyMetadata;
import org.junit.jupiter.api.Test;

class FileLockMetadataTest {

    @Test
    void everyKeyIsKnownToAnIdeAndInTheDocumentation() throws Exception {
        KeyMetadata metadata = new KeyMetadata(FileLockProperties.class);
        metadata.assertComplete("camel.cluster.file", "camel.cluster.file-lock");
        metadata.assertReplaced("camel.component.file.cluster.service", "camel.cluster.file");
        metadata.assertDefaults("camel.cluster.file", new FileLockClusterService());
        metadata.assertDocumented("camel-cluster-file", "camel.cluster.file");
    }
}
