package io.github.camelmasterlite.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * Names a process so that others on the same kernel can tell whether it still lives: a second witness beside its presence lock, which a
 * careless reader in the same process can drop.
 *
 * @param scope         boot of the kernel and process name space within which {@code pid} means something; empty where the system tells neither
 * @param pid           process id
 * @param started       start of the process, in ticks since the boot or another unit that steps of the clock do not change where there is one, so that
 *                      a reused id is not mistaken for it; 0 if not known
 */
record ProcessMark(String scope, long pid, long started) {

    private static final ProcessMark OWN = read();

    static ProcessMark own() {
        return OWN;
    }

    private static ProcessMark read() {
        ProcessHandle self = ProcessHandle.current();
        return new ProcessMark(scopeOfThisProcess(), self.pid(), startOf(self));
    }

    private static String scopeOfThisProcess() {
        try {
            String boot =
                    Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
            return boot + "/" + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
        } catch (IOException | UnsupportedOperationException e) {
            return "";
        }
    }

    private static long startOf(ProcessHandle process) {
        try {
            // The 22nd field, counted behind the name, which may contain anything (proc(5)).
            String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19]);
        } catch (IOException | RuntimeException e) {
            return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
        }
    }

    /** Whether that process ran, or runs, under the present boot of this kernel, so that nothing it wrote to a file has been lost since. */
    boolean isOfThisBoot() {
        return !scope.isEmpty() && bootOf(scope).equals(bootOf(OWN.scope));
    }

    private static String bootOf(String scope) {
        return scope.substring(0, Math.max(0, scope.indexOf('/')));
    }

    /** Whether that process is seen to live. False also where this process could not see it. */
    boolean isSeenAlive() {
        if (scope.isEmpty() || !scope.equals(OWN.scope)) {
            return false;
        }
        Optional<ProcessHandle> process = ProcessHandle.of(pid);
        if (process.isEmpty() || !process.get().isAlive()) {
            return false;
        }
        long seen = startOf(process.get());
        if (seen != 0 && started != 0 && seen != started) {
            return false;
        }
        return !isZombie();
    }

    /** A process that has ended stays listed until its parent has asked for its exit code, which may be never. */
    private boolean isZombie() {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            int state = stat.lastIndexOf(')') + 2;
            return state < stat.length() && (stat.charAt(state) == 'Z' || stat.charAt(state) == 'X');
        } catch (IOException e) {
            return !Files.exists(Path.of("/proc/" + pid)) && Files.exists(Path.of("/proc/self"));
        }
    }
}
