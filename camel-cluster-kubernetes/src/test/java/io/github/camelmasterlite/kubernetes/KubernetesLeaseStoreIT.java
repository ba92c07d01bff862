package io.github.camelmasterlite.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** On a real API server. */
@ExtendWith(ApiServer.class)
class KubernetesLeaseStoreIT extends KubernetesLeaseStoreTests {

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static FaultyLine line;

    @SuppressWarnings("NullAway.Init") // set before each test
    private KubernetesClient client;

    @SuppressWarnings("NullAway.Init") // set before each test
    private KubeServer server;

    @BeforeAll
    static void open(KubeServer running) {
        line = new FaultyLine(running);
    }

    @AfterAll
    static void close() {
        line.close();
    }

    @BeforeEach
    void connectTo(KubeServer running, KubeNamespace namespace) {
        server = running;
        client = line.client(namespace);
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

    @Override
    protected AutoCloseable loseRequests() {
        return line.loseRequests();
    }

    @Override
    protected AutoCloseable loseAnswers() {
        return line.loseAnswers();
    }
}
