package io.github.camelmasterlite.file;

import io.github.camelmasterlite.api.PublishedApi;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What this module publishes. {@code -Ddocs.write} writes the listing. */
class FileApiListingTest {

    private final PublishedApi published = PublishedApi.of("camel-cluster-file");

    @Test
    void whatIsPublishedIsListed() throws IOException {
        published.assertListed();
    }

    @Test
    void whatIsPublishedMentionsNothingInternal() {
        published.assertSelfContained();
    }
}
