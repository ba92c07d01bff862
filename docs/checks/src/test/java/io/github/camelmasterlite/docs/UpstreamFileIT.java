package io.github.camelmasterlite.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application written for Camel's file service: as it is, and after what docs/migration.md says; each member a process. */
class UpstreamFileIT {

    private static final String APPLICATION = "FileLockApplication";

    /** Camel's own needs ten seconds until it leads, on an idle machine. */
    /** Milliseconds, and what a busy machine adds; of Camel it is a minute. */
    private static final Duration TAKEN_OVER = Duration.ofMillis(7_500);

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Path root;

    private final List<Member> members = new ArrayList<>();

    @BeforeEach
    void make() throws IOException {
        root = Files.createDirectories(directory.resolve("locks"));
    }

    @AfterEach
    void end() {
        members.forEach(Member::kill);
    }

    /** A process, and what it has said. */
    private record Member(Process process, List<String> lines) {

        boolean says(String line) {
            return lines.contains(line);
        }

        void kill() {
            process.destroyForcibly();
            try {
                assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Member start(Upstream upstream, String id) throws IOException {
        Process process = new ProcessBuilder(upstream.command(APPLICATION, root.toString(), id))
                .redirectError(directory.resolve(id + ".log").toFile())
                .start();
        List<String> lines = new CopyOnWriteArrayList<>();
        Thread reader = new Thread(
                () -> {
                    try (BufferedReader in = new BufferedReader(
                            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                        in.lines().forEach(lines::add);
                    } catch (IOException | UncheckedIOException e) {
                        lines.add("closed"); // by its end
                    }
                },
                "reads " + id);
        reader.setDaemon(true);
        reader.start();
        Member member = new Member(process, lines);
        members.add(member);
        return member;
    }

    private static ConditionFactory within(Duration limit) {
        return Awaitility.await().atMost(limit).pollInterval(Duration.ofMillis(10));
    }

    private Upstream migrated() throws IOException {
        return Upstream.migrated(APPLICATION, Files.createDirectories(directory.resolve("ours")));
    }

    @Test
    void anApplicationWrittenForCamelsRunsAndFailsOver() throws Exception {
        Upstream migrated = migrated();
        Member first = start(migrated, "first");
        within(PATIENCE).until(() -> first.says("tick first"));
        Member second = start(migrated, "second");
        within(PATIENCE).until(() -> second.says("started second"));
        assertThat(second.says("tick second")).isFalse();
        first.kill();
        within(TAKEN_OVER).until(() -> second.says("tick second"));
    }

    @Test
    void whileAMemberOfCamelsHoldsTheLockOursDoNotLead() throws Exception {
        Member theirs =
                start(Upstream.asItIs(APPLICATION, Files.createDirectories(directory.resolve("camels"))), "theirs");
        within(PATIENCE).until(() -> theirs.says("tick theirs"));
        Member ours = start(migrated(), "ours");
        within(PATIENCE).until(() -> ours.says("started ours"));
        within(Duration.ofSeconds(20)).during(Duration.ofSeconds(4)).until(() -> !ours.says("tick ours"));
        assertThat(theirs.process().isAlive()).isTrue();
        theirs.kill();
        within(PATIENCE).until(() -> ours.says("tick ours"));
    }
}
