package io.github.camelmasterlite.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClient;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** On a real API server. */
@ExtendWith(ApiServer.class)
class ConfigMapLeaseStoreIT extends ConfigMapLeaseStoreTests {

    @SuppressWarnings("NullAway.Init") // set before each test
    private KubernetesClient client;

    @SuppressWarnings("NullAway.Init") // set before each test
    private KubeServer server;

    @BeforeEach
    void connectTo(KubeServer running, KubeNamespace namespace) {
        server = running;
        client = namespace.client();
    }

    @Override
    KubernetesClient client() {
        return client;
    }

    @Override
    protected AutoCloseable slowDown() throws Exception {
        server.pause();
        return server::resume;
    }
}
