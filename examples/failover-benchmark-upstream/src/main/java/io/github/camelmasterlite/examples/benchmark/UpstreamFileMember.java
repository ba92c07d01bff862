package io.github.camelmasterlite.examples.benchmark;

import org.apache.camel.component.file.cluster.FileLockClusterService;

/** A member of Apache Camel's own service whose locks are files. */
public final class UpstreamFileMember {
    private UpstreamFileMember() {}

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
