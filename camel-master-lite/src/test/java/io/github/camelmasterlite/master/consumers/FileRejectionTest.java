package io.github.camelmasterlite.master.consumers;

import static io.github.camelmasterlite.master.consumers.GuardedRoute.stays;
import static io.github.camelmasterlite.master.consumers.GuardedRoute.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.cluster.LeadershipView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.PollingConsumerPollStrategy;
import org.apache.camel.support.DefaultPollingConsumerPollStrategy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file is polled while authority is unverified. */
class FileRejectionTest {

    private static final int MANY = 20;

    private final GuardedRoute route = new GuardedRoute();

    @TempDir
    Path folder;

    @BeforeEach
    void folders() throws IOException {
        Files.createDirectories(folder.resolve("in"));
    }

    @AfterEach
    void stop() {
        route.close();
    }

    private void lead(String query) throws IOException {
        route.lead("file:" + folder.resolve("in"), "delay=20&initialDelay=0&readLock=markerFile&" + query);
        write("in/first");
        route.untilRouted("first");
        until(() -> lockFiles().isEmpty());
        route.suspendAuthority();
    }

    /** The names of files below the folder that is polled, folders of its own excluded. */
    private List<String> left() throws IOException {
        return names("in");
    }

    private List<String> lockFiles() throws IOException {
        return left().stream().filter(name -> name.endsWith(".camelLock")).toList();
    }

    private List<String> names(String of) throws IOException {
        Path in = folder.resolve(of);
        if (!Files.isDirectory(in)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(in)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    /** Whole files only: they are renamed into place. */
    private void write(String name) throws IOException {
        Path part = folder.resolve("part");
        Files.writeString(part, Path.of(name).getFileName().toString());
        Files.move(part, folder.resolve(name));
    }

    @Test
    void aLossLeavesTheFileForTheNextTenure() throws Exception {
        lead("master.guard=wait");
        write("in/second");
        route.untilSomethingWaits();
        assertThat(lockFiles()).containsExactly("second.camelLock");

        route.lose();

        until(() -> left().equals(List.of("second")));
        assertThat(route.rejected).hasSize(1);
        assertThat(names("in/.camel")).containsExactly("first");
        route.gainAgain();
        route.untilRouted("first", "second");
        until(() -> left().isEmpty());
    }

    @Test
    void aLossMovesTheFileToMoveFailed() throws Exception {
        lead("master.guard=wait&moveFailed=../failed");
        write("in/second");
        route.untilSomethingWaits();

        route.lose();

        until(() -> names("failed").equals(List.of("second")));
        assertThat(left()).isEmpty();
        route.gainAgain();
        stays(() -> route.routed.equals(List.of("first")));
    }

    @Test
    void aLossLeavesTheDoneFile() throws Exception {
        route.lead(
                "file:" + folder.resolve("in"),
                "delay=20&initialDelay=0&readLock=markerFile&doneFileName=${file:name}.done&master.guard=wait");
        write("in/first");
        write("in/first.done");
        route.untilRouted("first");
        until(() -> left().isEmpty());
        route.suspendAuthority();
        write("in/second");
        write("in/second.done");
        route.untilSomethingWaits();

        route.lose();

        until(() -> left().equals(List.of("second", "second.done")));
        route.gainAgain();
        route.untilRouted("first", "second");
        until(() -> left().isEmpty());
    }

    @Test
    void aLossLeavesAFileThatIsOnlyReadForTheNextTenure() throws Exception {
        lead("master.guard=wait&noop=true");
        write("in/second");
        route.untilSomethingWaits();

        route.lose();

        until(() -> left().equals(List.of("first", "second")));
        route.gainAgain();
        route.untilRouted("first", "second");
        stays(() -> route.routed.equals(List.of("first", "second")));
    }

    @Test
    void aLossLeavesTheRestOfTheBatchAlone() throws Exception {
        route.lead(
                "file:" + folder.resolve("in"),
                "delay=20&initialDelay=0&sortBy=file:name&moveFailed=../failed&doneFileName=ready&master.guard=wait");
        write("in/first");
        write("in/ready");
        route.untilRouted("first");
        until(() -> left().isEmpty());
        route.suspendAuthority();
        writeBatch();
        route.untilSomethingWaits();
        stays(() -> route.rejected.isEmpty());

        route.lose();

        // the one that waited, and at most the next, in hand when the consumer was told to stop
        until(() -> names("failed").contains("file00"));
        stays(() -> List.of("file00", "file01").containsAll(names("failed")));
        route.gainAgain();
        until(() -> left().isEmpty());
        assertThat(route.routed).hasSizeBetween(MANY - 1, MANY);
    }

    private void writeBatch() throws IOException {
        for (int i = 0; i < MANY; i++) {
            write("in/" + name(i));
        }
        write("in/ready");
    }

    private static String name(int i) {
        return "file%02d".formatted(i);
    }

    @Test
    void aConfirmationRoutesTheBatchInItsOrder() throws Exception {
        CountDownLatch overlap = new CountDownLatch(2);
        route.lead(
                "file:" + folder.resolve("in"),
                "delay=20&initialDelay=0&sortBy=file:name&moveFailed=../failed&doneFileName=ready&master.guard=wait",
                exchange -> {
                    if (!route.routed.equals(List.of("first"))) {
                        overlap.countDown();
                        // A second one in the route would end the wait of the first.
                        assertThat(route.routed.size() == 2
                                        && overlap.await(GuardedRoute.WHILE.toMillis(), TimeUnit.MILLISECONDS))
                                .isFalse();
                    }
                });
        write("in/first");
        write("in/ready");
        route.untilRouted("first");
        until(() -> left().isEmpty());
        route.suspendAuthority();
        writeBatch();
        route.untilSomethingWaits();

        stays(() -> route.rejected.isEmpty());
        route.confirm();

        until(() -> route.routed.size() == MANY + 1 && left().isEmpty());
        assertThat(route.rejected).isEmpty();
        assertThat(names("failed")).isEmpty();
        assertThat(route.routed.subList(1, MANY + 1)).isSorted();
    }

    @Test
    void failRejectsTheFileAtEachPollUntilTheConfirmation() throws Exception {
        lead("master.guard=fail");
        write("in/second");

        until(() -> route.rejected.size() >= 3);
        route.confirm();

        route.untilRouted("first", "second");
        until(() -> left().isEmpty());
        assertThat(names("in/.camel")).containsExactly("first", "second");
    }

    @Test
    void failMovesEveryFileOfTheBatchToMoveFailed() throws Exception {
        lead("master.guard=fail&moveFailed=../failed");
        writeBatch();

        until(() -> names("failed").size() == MANY + 1);
        route.confirm();

        stays(() -> route.routed.equals(List.of("first")));
        until(() -> route.rejected.size() == MANY + 1);
    }

    @Test
    void offRoutesTheFileWithoutAuthority() throws Exception {
        lead("master.guard=off");
        write("in/second");

        route.untilRouted("first", "second");

        assertThat(route.service.isLeader(GuardedRoute.LOCK)).isFalse();
        until(() -> names("in/.camel").equals(List.of("first", "second")));
        assertThat(route.rejected).isEmpty();
    }

    @Test
    void aPollStrategyLeavesFilesAloneWithoutAuthority() throws Exception {
        LeadershipView view = route.service.getView(GuardedRoute.LOCK).unwrap(LeadershipView.class);
        PollingConsumerPollStrategy onlyWithAuthority = new DefaultPollingConsumerPollStrategy() {
            @Override
            public boolean begin(Consumer consumer, Endpoint endpoint) {
                return view.isLeader();
            }
        };
        route.context.getRegistry().bind("onlyWithAuthority", onlyWithAuthority);
        lead("master.guard=fail&moveFailed=../failed&pollStrategy=#onlyWithAuthority");
        write("in/second");

        stays(() -> left().equals(List.of("second")));
        route.confirm();

        route.untilRouted("first", "second");
        assertThat(route.rejected).isEmpty();
        assertThat(names("failed")).isEmpty();
    }
}
