package io.github.camelmasterlite.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;

/** On the mock server. */
@EnableKubernetesMockClient(crud = true)
class ConfigMapLeaseStoreMockTest extends ConfigMapLeaseStoreTests {

    @SuppressWarnings("NullAway.Init") // set by the extension
    KubernetesClient client;

    @Override
    KubernetesClient client() {
        return client;
    }
}
