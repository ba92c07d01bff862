package io.github.camelmasterlite.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.NamespacedKubernetesClient;

/** A client of a server through a proxy that loses what it is told to. Watches stay as they are. */
final class FaultyLine implements AutoCloseable {

    private final FaultProxy proxy;
    private final KubernetesClient client;

    FaultyLine(KubeServer server) {
        proxy = new FaultProxy(server.access());
        client = proxy.access(server.access()).connect();
    }

    /** It need not be closed. */
    KubernetesClient client(KubeNamespace namespace) {
        return client.adapt(NamespacedKubernetesClient.class).inNamespace(namespace.name());
    }

    /** From now on no request reaches the server. */
    AutoCloseable loseRequests() {
        return lose(FaultProxy.Fault.reset());
    }

    /** From now on requests have their effect, and no answer comes back. */
    AutoCloseable loseAnswers() {
        return lose(FaultProxy.Fault.lostReply());
    }

    private AutoCloseable lose(FaultProxy.Fault fault) {
        FaultProxy.Rule rule = proxy.always(request -> !request.isWatch(), fault);
        return rule::end;
    }

    @Override
    public void close() {
        client.close();
        proxy.close();
    }
}
