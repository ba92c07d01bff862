package io.github.camelmasterlite;

import io.github.camelmasterlite.api.PublishedApi;
import io.github.camelmasterlite.store.LeaseStoreContract;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What this module publishes. {@code -Ddocs.write} writes the listing. */
class ApiListingTest {

    private final PublishedApi published = PublishedApi.of("camel-master-lite", LeaseStoreContract.class);

    @Test
    void whatIsPublishedIsListed() throws IOException {
        published.assertListed();
    }

    @Test
    void whatIsPublishedMentionsNothingInternal() {
        published.assertSelfContained();
    }
}
