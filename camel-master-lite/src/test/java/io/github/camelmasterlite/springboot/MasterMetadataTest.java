package io.github.camelmasterlite.springboot;

import io.github.camelmasterlite.master.MasterComponent;
import org.junit.jupiter.api.Test;

class MasterMetadataTest {

    @Test
    void everyKeyIsKnownToAnIdeAndInTheDocumentation() throws Exception {
        KeyMetadata metadata = new KeyMetadata(MasterProperties.class);
        metadata.assertComplete("camel.component.master");
        metadata.assertDefaults("camel.component.master", new MasterComponent());
        metadata.assertDocumented("camel-master-lite", "camel.component.master");
    }
}
