package io.github.camelmasterlite.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.camelmasterlite.kubernetes.FaultProxy.Answered;
import io.github.camelmasterlite.kubernetes.FaultProxy.Request;
import java.util.Objects;
import java.util.Set;

/** What every request of a member keeps to, whatever happens to it. */
final class WrittenRequests {

    private static final Set<String> METHODS = Set.of("GET", "POST", "PUT");

    private WrittenRequests() {}

    /**
     * Replaces only what it has read, by version and identity, creates only by POST, deletes nothing; and a write that was done has changed the object, which others could
     * not see otherwise.
     */
    static void check(Answered answered) {
        Request request = answered.request();
        assertThat(METHODS).contains(request.method());
        if (request.method().equals("GET")) {
            return;
        }
        JsonNode metadata = request.json().path("metadata");
        if (request.method().equals("POST")) {
            assertThat(request.path()).matches(".*/namespaces/[^/]+/(leases|configmaps)");
            assertThat(metadata.has("resourceVersion")).isFalse();
            return;
        }
        assertThat(metadata.path("resourceVersion").asText()).as(request.body()).isNotEmpty();
        assertThat(metadata.path("uid").asText()).as(request.body()).isNotEmpty();
        assertThat(request.path()).endsWith("/" + metadata.path("name").asText());
        if (answered.code() == 200) {
            JsonNode stored =
                    Objects.requireNonNull(KubeApi.parse(answered.body())).path("metadata");
            assertThat(stored.path("uid")).isEqualTo(metadata.path("uid"));
            if (request.isRehearsal()) {
                assertThat(stored.path("resourceVersion")).isEqualTo(metadata.path("resourceVersion"));
                return;
            }
            assertThat(stored.path("resourceVersion").asLong())
                    .as("a renewal changes the object")
                    .isGreaterThan(metadata.path("resourceVersion").asLong());
        }
    }
}
