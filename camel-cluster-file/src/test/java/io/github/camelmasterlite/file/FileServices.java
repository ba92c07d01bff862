package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.cluster.LeadershipView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.NullUnmarked;

/** The services of one test: made with their ids, stopped at its end. */
@NullUnmarked
final class FileServices implements AutoCloseable {

    private final Path root;
    private final List<FileLockClusterService> services = new ArrayList<>();

    FileServices(Path root) {
        this.root = root;
    }

    FileLockClusterService make(String id) {
        FileLockClusterService service = new FileLockClusterService();
        service.setId(id);
        service.setRoot(root.toString());
        services.add(service);
        return service;
    }

    FileLockClusterService start(String id) {
        FileLockClusterService service = make(id);
        service.start();
        return service;
    }

    /** With a short stop budget, so that who must wait for a leader that may still work waits little more than a second. */
    FileLockClusterService startImpatient(String id) {
        FileLockClusterService service = make(id);
        service.setStopBudgetMillis(200);
        service.start();
        return service;
    }

    @Override
    public void close() {
        services.forEach(FileLockClusterService::stop);
    }

    static ConditionFactory soon() {
        return within(Duration.ofSeconds(8));
    }

    static ConditionFactory within(Duration bound) {
        return await().atMost(bound).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2));
    }

    static void awaitLeader(LeadershipView view) {
        soon().untilAsserted(() ->
                assertThat(view.isLeader()).as("%s", view.leadership()).isTrue());
    }

    static void awaitLeaderIsKnown(LeadershipView view, String leader) {
        soon().untilAsserted(() -> assertThat(view.leadership().leader()).isEqualTo(leader));
    }

    /** The threads that a service with this id has started and that live. */
    static List<String> threadsOf(String id) {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("camel-master-lite-" + id + "-"))
                .toList();
    }

    /**
     * The thread that has a role of a service now. A role passes from thread to thread while the service runs, so one
     * look at the threads of the process may fall between the old one and the new one.
     */
    static Thread thread(String id, String role) {
        AtomicReference<Thread> found = new AtomicReference<>();
        within(Duration.ofSeconds(2)).untilAsserted(() -> {
            found.set(Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("camel-master-lite-" + id + "-" + role))
                    .findFirst()
                    .orElse(null));
            assertThat(found.get())
                    .as("thread %s of %s; there are %s", role, id, threadsOf(id))
                    .isNotNull();
        });
        return found.get();
    }

    /** How many descriptors this process has open below a directory, deleted files included. */
    static long descriptorsBelow(Path directory) throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .map(FileServices::target)
                    .filter(Objects::nonNull)
                    .filter(target -> target.startsWith(directory.toString()))
                    .count();
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return null;
        }
    }

    /** The files below a directory by their relative paths, the directory of members left out. */
    static List<String> filesBelow(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> !file.equals(directory))
                    .map(file -> directory.relativize(file).toString())
                    .filter(file -> !file.startsWith(".members"))
                    .sorted()
                    .toList();
        }
    }
}
