package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A member of client-go, built from its source where there is Go. */
final class GoMember {
    private static final Duration LIMIT = Duration.ofMinutes(10);

    private GoMember() {}

    /** The program; empty, with a note, where it cannot be built. */
    static Optional<Path> build(Path directory, PeerResults results) throws IOException, InterruptedException {
        Path source = Program.targetDirectory()
                .resolve("../../failover-benchmark-upstream/client-go")
                .normalize();
        Path program = directory.resolve("client-go-member").toAbsolutePath();
        Path log = directory.resolve("client-go-build.log");
        ProcessBuilder go = new ProcessBuilder(
                        "go", "build", "-mod=readonly", "-buildvcs=false", "-trimpath", "-o", program.toString(), ".")
                .directory(source.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        go.environment().put("GOWORK", "off");
        go.environment().put("CGO_ENABLED", "0");
        try {
            System.err.println("  building the member of client-go");
            Process build = go.start();
            if (build.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS) && build.exitValue() == 0) {
                return Optional.of(program);
            }
            build.destroyForcibly();
            results.note("client-go was not measured: " + Files.readString(log).strip());
        } catch (IOException e) {
            results.note("client-go was not measured: " + e.getMessage());
        }
        return Optional.empty();
    }
}
