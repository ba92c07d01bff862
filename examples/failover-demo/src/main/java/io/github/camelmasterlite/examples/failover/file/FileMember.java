package io.github.camelmasterlite.examples.failover.file;

import io.github.camelmasterlite.examples.failover.Member;
import io.github.camelmasterlite.file.FileLockClusterService;

/** A member whose locks are files. */
public final class FileMember {
    private FileMember() {}

    /**
     * Runs until the process is told to end.
     *
     * @param args those of {@link Member#run}, then the directory of the locks
     */
    public static void main(String[] args) {
        Member.run(args, (member, arguments) -> {
            FileLockClusterService cluster = new FileLockClusterService();
            cluster.setId(member);
            cluster.setRoot(arguments.get(0));
            return cluster;
        });
    }
}
