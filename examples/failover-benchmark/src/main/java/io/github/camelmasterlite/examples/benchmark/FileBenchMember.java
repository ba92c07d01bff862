package io.github.camelmasterlite.examples.benchmark;

import io.github.camelmasterlite.file.FileLockClusterService;

/** A member whose locks are files. */
public final class FileBenchMember {
    private FileBenchMember() {}

    /**
     * Runs until the process is told to end.
     *
     * @param args those of {@link BenchMember#run}, then the directory of the locks
     */
    public static void main(String[] args) {
        BenchMember.run(args, (context, member, arguments) -> {
            FileLockClusterService cluster = new FileLockClusterService();
            cluster.setId(member);
            cluster.setRoot(arguments.get(0));
            return cluster;
        });
    }
}
