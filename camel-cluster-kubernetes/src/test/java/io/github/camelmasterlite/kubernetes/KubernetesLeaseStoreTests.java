package io.github.camelmasterlite.kubernetes;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.engine.Threads;
import io.github.camelmasterlite.engine.Ticker;
import io.github.camelmasterlite.store.LeaseStoreContract;
import java.time.Duration;
import java.util.Map;

/** The contract over Lease objects, on whatever server. */
abstract class KubernetesLeaseStoreTests extends LeaseStoreContract {

    private static final String PREFIX = "leaders";

    /** A client of the server, whose namespace is that of the test. */
    abstract KubernetesClient client();

    @Override
    protected LeaseStore connect() {
        return new KubernetesLeaseStore(
                new KubeApi(client(), KubeApi.Kind.LEASES, client().getNamespace(), Duration.ofSeconds(10)),
                PREFIX,
                Map.of(),
                new KubeApi(client(), KubeApi.Kind.PODS, client().getNamespace(), Duration.ofSeconds(10)),
                new ReportingStore.Setting(
                        Duration.ofSeconds(10), new Threads(() -> "contract"), Ticker.system(), 0, () -> {}));
    }

    @Override
    protected void deleteByHand(String lock) {
        client().leases().withName(LockNames.lease(PREFIX, lock)).delete();
    }

    @Override
    protected boolean editByHand(String lock, LeaseRecord record) throws Exception {
        Lease lease = client().leases().withName(LockNames.lease(PREFIX, lock)).get();
        ObjectMapper json = new ObjectMapper();
        StoredRecord read = LeaseObject.read(
                (ObjectNode) json.readTree(client().getKubernetesSerialization().asJson(lease)));
        ObjectNode edited = LeaseObject.replace(read, lock, Map.of(), record);
        client().resource(client().getKubernetesSerialization().unmarshal(edited.toString(), Lease.class))
                .update();
        return true;
    }
}
