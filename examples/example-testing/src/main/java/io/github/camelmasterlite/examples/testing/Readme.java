package io.github.camelmasterlite.examples.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The commands of a README, so that a test runs what people read. A block has a name in a comment on the line before it, which the rendered page
 * does not show:
 *
 * <pre>
 * &lt;!-- first terminal --&gt;
 * ```sh
 * java -jar target/example.jar
 * ```
 * </pre>
 */
public final class Readme {

    private final Path file;
    private final String text;

    private Readme(Path file, String text) {
        this.file = file;
        this.text = text;
    }

    /** Reads the file, as UTF-8. */
    public static Readme read(Path file) {
        try {
            return new Readme(file, Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The text of the block with that name, without its fences.
     *
     * @throws IllegalArgumentException if no block has that name, or more than one
     */
    public String block(String name) {
        Matcher block = Pattern.compile("(?m)^<!-- " + Pattern.quote(name) + " -->\\R```\\w*\\R(?s:(.*?))^```$")
                .matcher(text);
        if (!block.find()) {
            throw new IllegalArgumentException(file + " has no block after a line <!-- " + name + " -->");
        }
        String found = block.group(1).strip();
        if (block.find()) {
            throw new IllegalArgumentException(file + " has more than one block named " + name);
        }
        return found;
    }
}
