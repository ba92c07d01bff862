package io.github.camelmasterlite.examples.failover;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes a member's history to its standard output, a JSON line for each event.
 *
 * <p>A line is with the kernel before {@link #record} returns, so a member that is killed has told all it did.
 */
final class Journal {
    private final String member;
    private final OutputStream out = new FileOutputStream(FileDescriptor.out);

    Journal(String member) {
        this.member = member;
        // The first use of Jackson loads hundreds of classes: now, not within what is measured.
        Event.now(Event.Kind.LAUNCHED, member).toJson();
    }

    void record(Event.Kind kind) {
        record(kind, null, null);
    }

    synchronized void record(Event.Kind kind, @Nullable String lock, @Nullable Long token) {
        String line = Event.now(kind, member, lock, token).toJson() + "\n";
        try {
            out.write(line.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // Nobody listens any more: the parent is gone, and a member must not outlive it.
            Runtime.getRuntime().halt(Member.ORPHANED);
        }
    }
}
