package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.camelmasterlite.cluster.LeadershipView;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.camel.cluster.CamelClusterMember;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class FileLockClusterServiceTest {

    @TempDir
    Path root;

    private final List<FileLockClusterService> services = new ArrayList<>();

    @AfterEach
    void stopServices() {
        services.forEach(FileLockClusterService::stop);
    }

    private FileLockClusterService service(String id) {
        FileLockClusterService service = new FileLockClusterService();
        service.setId(id);
        service.setRoot(root.toString());
        service.start();
        services.add(service);
        return service;
    }

    private static void awaitLeader(LeadershipView view) {
        await().atMost(Duration.ofSeconds(5)).pollInterval(Duration.ofMillis(2)).until(view::isLeader);
    }

    @Test
    void aloneItLeads() throws Exception {
        LeadershipView view = service("a").getView("lock1");
        awaitLeader(view);
        assertThat(view.leadership().leader()).isEqualTo("a");
        assertThat(Files.readString(root.resolve("lock1.leader")))
                .contains("\nepoch=" + view.leadership().fencingToken() + "\n");
        assertThat(Long.parseLong(Files.readString(root.resolve("lock1.epoch")).strip()))
                .isGreaterThanOrEqualTo(view.leadership().fencingToken());
    }

    @Test
    void theSecondMemberTakesOverWithinMillisecondsWhenTheFirstStops() throws Exception {
        FileLockClusterService a = service("a");
        LeadershipView first = a.getView("lock1");
        awaitLeader(first);
        long token = first.leadership().fencingToken();
        LeadershipView second = service("b").getView("lock1");
        await().atMost(Duration.ofSeconds(5))
                .until(() -> "a".equals(second.leadership().leader()));
        assertThat(second.isLeader()).isFalse();
        a.stop();
        assertThat(first.isLeader()).isFalse();
        awaitLeader(second);
        assertThat(second.leadership().fencingToken()).isGreaterThan(token);
        assertThat(second.leadership().term()).isEqualTo(2);
    }

    @Test
    void everyMemberKnowsTheMembersAndTheLeader() throws Exception {
        LeadershipView first = service("a").getView("lock1");
        awaitLeader(first);
        LeadershipView second = service("b").getView("lock1");
        for (LeadershipView view : List.of(first, second)) {
            await().atMost(Duration.ofSeconds(5))
                    .untilAsserted(() -> assertThat(view.getMembers())
                            .extracting(CamelClusterMember::getId)
                            .containsExactly("a", "b"));
            await().atMost(Duration.ofSeconds(5))
                    .untilAsserted(() -> assertThat(view.getLeader())
                            .get()
                            .extracting(CamelClusterMember::getId)
                            .isEqualTo("a"));
        }
    }

    /** Camel makes 10,000 of 10s, and seconds are what these options count in. */
    @Test
    void anIntervalOfAnHourOrMoreIsWarnedOf() throws Exception {
        assertThat(warningsOf(service -> service.setAcquireLockInterval(10_000)))
                .singleElement()
                .asString()
                .contains("acquireLockInterval is 10000 SECONDS", "write 10, not 10s");
        assertThat(warningsOf(service -> service.setAcquireLockDelay(3_600)))
                .singleElement()
                .asString()
                .contains("acquireLockDelay 3600 SECONDS");
        assertThat(warningsOf(service -> service.setAcquireLockInterval(3_599))).isEmpty();
    }

    private List<String> warningsOf(Consumer<FileLockClusterService> change) throws Exception {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(FileLockClusterService.class);
        log.start();
        logger.addAppender(log);
        FileLockClusterService service = new FileLockClusterService();
        service.setRoot(root.toString());
        change.accept(service);
        try {
            service.start();
            return log.list.stream()
                    .filter(event -> event.getLevel() == Level.WARN)
                    .map(ILoggingEvent::getFormattedMessage)
                    .toList();
        } finally {
            service.stop();
            logger.detachAppender(log);
        }
    }
}
