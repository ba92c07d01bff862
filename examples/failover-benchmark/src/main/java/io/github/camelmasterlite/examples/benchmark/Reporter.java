package io.github.camelmasterlite.examples.benchmark;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A child's line to its parent: reports go out on standard output, commands come in on standard input. */
final class Reporter {
    private static final int ORPHANED = 3;

    private final OutputStream out = new FileOutputStream(FileDescriptor.out);
    private final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

    Reporter() {
        System.setOut(System.err);
        // The first use of Jackson loads hundreds of classes: now, not within what is measured.
        Report.now(Report.Kind.READY, null).toJson();
    }

    void report(Report.Kind kind, @Nullable String subject) {
        report(Report.now(kind, subject));
    }

    synchronized void report(Report report) {
        try {
            out.write((report.toJson() + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            endWithParent();
        }
    }

    /** The next command. Does not return once the parent is gone, however it ended: no child outlives it. */
    String command() {
        try {
            String command = in.readLine();
            if (command != null) {
                return command;
            }
        } catch (IOException e) {
            // the same as the end of the input
        }
        return endWithParent();
    }

    private static String endWithParent() {
        Runtime.getRuntime().halt(ORPHANED);
        throw new IllegalStateException("halted");
    }
}
