package io.github.camelmasterlite.kubernetes;

import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;

/** A namespace for one test, and an administrator's access to it. */
final class KubeNamespace implements AutoCloseable {

    private final KubeAccess access;
    private final KubernetesClient client;

    KubeNamespace(KubeAccess access) {
        this.access = access;
        this.client = access.connect();
    }

    String name() {
        return access.namespace();
    }

    /** Access as administrator. */
    KubeAccess access() {
        return access;
    }

    /** A client of the administrator, closed with the namespace. */
    KubernetesClient client() {
        return client;
    }

    /** Makes a service account that may do what the rules say, in this namespace. */
    KubeAccount account(String name, PolicyRule... rules) {
        client.serviceAccounts()
                .resource(new ServiceAccountBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
        client.rbac()
                .roleBindings()
                .resource(new RoleBindingBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withNewRoleRef("rbac.authorization.k8s.io", "Role", name)
                        .addNewSubject("", "ServiceAccount", name, name())
                        .build())
                .create();
        String token = client.serviceAccounts()
                .withName(name)
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withExpirationSeconds(3600L)
                        .endSpec()
                        .build())
                .getStatus()
                .getToken();
        KubeAccount account = new KubeAccount(client, name, access.as(token));
        account.allowOnly(rules);
        return account;
    }

    @Override
    public void close() {
        client.close();
    }
}
