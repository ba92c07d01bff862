package io.github.camelmasterlite.examples.failover.file;

import io.github.camelmasterlite.examples.failover.Demo;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The demonstration with locks in a directory. */
@Command(
        name = "failover-demo",
        description =
                "Members of a cluster, one process each, take over from each other: the first leader is asked to end (SIGTERM), the "
                        + "second is killed (SIGKILL).")
public final class FileDemo extends Demo {
    @Option(
            names = "--root",
            paramLabel = "DIR",
            description = "Directory of the locks, on a local disk (demo/locks in the target directory)")
    private @Nullable Path root;

    /** Runs the demonstration and exits with its result. */
    public static void main(String[] args) {
        main(new FileDemo(), args);
    }

    @Override
    protected Meeting open(Path outDirectory) {
        return new Directory(directory("--root", root == null ? outDirectory.resolve("locks") : root));
    }

    private record Directory(Path root) implements Meeting {
        @Override
        public String description() {
            return "locks in " + root;
        }

        @Override
        public Class<?> member() {
            return FileMember.class;
        }

        @Override
        public List<String> arguments() {
            return List.of(root.toString());
        }

        @Override
        public void close() {
            // the directory stays
        }
    }
}
