package io.github.camelmasterlite.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.github.camelmasterlite.cluster.LeadershipView;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.apache.camel.cluster.CamelClusterMember;
import org.awaitility.core.ConditionFactory;
import org.slf4j.LoggerFactory;

/** The services of one test: made with the names of their pods, stopped at its end; and what they log. */
final class KubeMembers implements AutoCloseable {

    /** What the guide and the manifests are. */
    static final Path DOCS = Path.of("..", "docs").toAbsolutePath().normalize();

    /** Short, and with attempts that are still long enough for a machine with other work. */
    static final Duration LEASE = Duration.ofSeconds(6);

    static final Duration RENEW = Duration.ofSeconds(4);
    static final Duration RETRY = Duration.ofMillis(500);

    private static final Logger ROOT = (Logger) LoggerFactory.getLogger("io.github.camelmasterlite");

    private final List<KubernetesClusterService> services = new ArrayList<>();
    private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            event.prepareForDeferredProcessing();
            events.add(event);
        }
    };

    KubeMembers() {
        appender.setContext(ROOT.getLoggerContext());
        appender.start();
        ROOT.addAppender(appender);
    }

    /** A service with short times that connects as {@code access} says; not started. */
    KubernetesClusterService make(String pod, KubeAccess access) {
        KubernetesClusterService service = new KubernetesClusterService(access.config());
        service.setId(pod);
        service.setPodName(pod);
        return quick(service);
    }

    /** Gives a service short times, and stops it at the end of the test. */
    KubernetesClusterService quick(KubernetesClusterService service) {
        service.setLeaseDurationMillis(LEASE.toMillis());
        service.setRenewDeadlineMillis(RENEW.toMillis());
        service.setRetryPeriodMillis(RETRY.toMillis());
        services.add(service);
        return service;
    }

    LeadershipView start(String pod, KubeAccess access, String lock) {
        return start(make(pod, access), lock);
    }

    static LeadershipView start(KubernetesClusterService service, String lock) {
        service.start();
        return view(service, lock);
    }

    static LeadershipView view(KubernetesClusterService service, String lock) {
        try {
            return service.getView(lock);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** What services have logged at that level or above, and said all of these words. */
    List<String> logged(Level level, String... words) {
        return events.stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(level))
                .map(ILoggingEvent::getFormattedMessage)
                .filter(message -> List.of(words).stream().allMatch(message::contains))
                .toList();
    }

    List<String> warnings(String... words) {
        return logged(Level.WARN, words);
    }

    @Override
    public void close() {
        services.forEach(KubernetesClusterService::stop);
        ROOT.detachAppender(appender);
        appender.stop();
    }

    /** Makes a pod; there is no kubelet that would run it or say anything of it. */
    static void pod(KubernetesClient client, String name, Map<String, String> labels) {
        client.pods()
                .resource(new PodBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withLabels(labels)
                        .endMetadata()
                        .withNewSpec()
                        .withNodeName("node")
                        .addNewContainer()
                        .withName("main")
                        .withImage("example/none:1")
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
    }

    /** What a server has counted; infinite values, which a histogram of it has in time, are left out. */
    static KubeMetrics metrics(KubeServer server) {
        try (KubernetesClient client = server.access().connect()) {
            return KubeMetrics.parse(client.raw("/metrics")
                    .lines()
                    .filter(line -> !line.endsWith("Inf"))
                    .collect(Collectors.joining("\n")));
        }
    }

    static ConditionFactory within(Duration bound) {
        return await().atMost(bound).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5));
    }

    static ConditionFactory soon() {
        return within(Duration.ofSeconds(20));
    }

    static void awaitLeader(LeadershipView view) {
        soon().untilAsserted(() ->
                assertThat(view.isLeader()).as("%s", view.leadership()).isTrue());
    }

    static void awaitLeaderIsKnown(LeadershipView view, String leader) {
        soon().untilAsserted(() -> assertThat(view.leadership().leader()).isEqualTo(leader));
    }

    static List<String> members(LeadershipView view) {
        return view.getMembers().stream()
                .map(CamelClusterMember::getId)
                .sorted()
                .toList();
    }

    static void awaitMembers(LeadershipView view, String... ids) {
        soon().untilAsserted(() -> assertThat(members(view)).containsExactly(ids));
    }
}
