package io.github.camelmasterlite.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;

/** On the mock server. It does not compare the uid of a PUT, and has a bare 404 for what is not there; a real one differs in both. */
@EnableKubernetesMockClient(crud = true)
class KubernetesLeaseStoreMockTest extends KubernetesLeaseStoreTests {

    @SuppressWarnings("NullAway.Init") // set by the extension
    KubernetesClient client;

    @Override
    KubernetesClient client() {
        return client;
    }

    @Override
    protected boolean comparesIdentity() {
        return false;
    }
}
