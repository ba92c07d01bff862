package io.github.camelmasterlite.kubernetes;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.engine.Threads;
import io.github.camelmasterlite.engine.Ticker;
import io.github.camelmasterlite.store.LeaseStoreContract;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

/** The contract over one ConfigMap, on whatever server. */
abstract class ConfigMapLeaseStoreTests extends LeaseStoreContract {

    private static final String NAME = "leaders";

    /** A client of the server, whose namespace is that of the test. */
    abstract KubernetesClient client();

    @Override
    protected LeaseStore connect() {
        return new ConfigMapLeaseStore(
                new KubeApi(client(), KubeApi.Kind.CONFIG_MAPS, client().getNamespace(), Duration.ofSeconds(10)),
                NAME,
                Map.of(),
                new KubeApi(client(), KubeApi.Kind.PODS, client().getNamespace(), Duration.ofSeconds(10)),
                new ReportingStore.Setting(
                        Duration.ofSeconds(10), new Threads(() -> "contract"), Ticker.system(), 0, () -> {}));
    }

    @Override
    protected void deleteByHand(String lock) {
        edit(data -> {
            data.remove(MapEntry.POD + key(lock));
            data.remove(MapEntry.TIME + key(lock));
            data.remove(MapEntry.LEASE + key(lock));
        });
    }

    @Override
    protected boolean garbleByHand(String lock) {
        edit(data -> data.put(MapEntry.LEASE + key(lock), "{ not json"));
        return true;
    }

    private static String key(String lock) {
        return LockNames.dataKey(lock, MapEntry.TIME.length());
    }

    private void edit(Consumer<Map<String, String>> change) {
        client().configMaps().withName(NAME).edit((ConfigMap map) -> {
            change.accept(map.getData());
            return map;
        });
    }
}
