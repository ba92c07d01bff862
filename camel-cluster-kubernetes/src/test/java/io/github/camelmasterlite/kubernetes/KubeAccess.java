package io.github.camelmasterlite.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/**
 * What somebody needs to speak to an API server. Depends on nothing in the environment of this process.
 *
 * @param server    its address
 * @param authority certificates that it may show, as PEM
 * @param token     says who asks
 * @param namespace where requests go that name no namespace
 */
public record KubeAccess(URI server, String authority, String token, String namespace) {

    private String encodedAuthority() {
        return Base64.getEncoder().encodeToString(authority.getBytes(StandardCharsets.UTF_8));
    }

    /** The same for the client of fabric8, with no repetition of failed requests. */
    public Config config() {
        return new ConfigBuilder(Config.empty())
                .withMasterUrl(server.toString())
                .withCaCertData(encodedAuthority())
                .withOauthToken(token)
                .withNamespace(namespace)
                .withRequestRetryBackoffLimit(0)
                .build();
    }

    /** A client of its own, to be closed by the caller. */
    public KubernetesClient connect() {
        return new KubernetesClientBuilder().withConfig(config()).build();
    }

    /** The same as a kubeconfig in YAML. */
    public String kubeconfig() {
        return """
                apiVersion: v1
                kind: Config
                current-context: test
                clusters:
                - name: test
                  cluster:
                    server: %s
                    certificate-authority-data: %s
                users:
                - name: test
                  user:
                    token: %s
                contexts:
                - name: test
                  context:
                    cluster: test
                    user: test
                    namespace: %s
                """.formatted(server, encodedAuthority(), token, namespace);
    }

    /** Writes {@link #kubeconfig} to a file. */
    public Path writeKubeconfig(Path file) throws IOException {
        return Files.writeString(file, kubeconfig());
    }

    KubeAccess in(String otherNamespace) {
        return new KubeAccess(server, authority, token, otherNamespace);
    }

    KubeAccess as(String otherToken) {
        return new KubeAccess(server, authority, otherToken, namespace);
    }
}
