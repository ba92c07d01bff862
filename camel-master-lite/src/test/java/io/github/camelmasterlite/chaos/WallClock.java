package io.github.camelmasterlite.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The wall clock of a process, shifted by libfaketime where that is installed; its monotonic clock stays that of the machine. */
public final class WallClock {

    /** Where Debian does not have it. */
    public static final String LIBRARY_VARIABLE = "FAKETIME_LIBRARY";

    private WallClock() {}

    /** The library; null if it is not there. */
    public static @Nullable Path library() {
        String named = System.getenv(LIBRARY_VARIABLE);
        if (named != null && !named.isBlank()) {
            return Path.of(named);
        }
        Path root = Path.of("/usr/lib");
        if (!Files.isDirectory(root)) {
            return null;
        }
        try (DirectoryStream<Path> places = Files.newDirectoryStream(root)) {
            for (Path place : places) {
                Path library = place.resolve("faketime").resolve("libfaketimeMT.so.1");
                if (Files.exists(library)) {
                    return library;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return null;
    }

    /** What a process needs in its environment so that its wall clock is ahead by that; nothing for 0. */
    public static Map<String, String> ahead(Path library, int hours) {
        return hours == 0
                ? Map.of()
                : Map.of(
                        "LD_PRELOAD",
                        library.toString(),
                        "FAKETIME",
                        (hours > 0 ? "+" : "") + hours + "h",
                        "FAKETIME_DONT_FAKE_MONOTONIC",
                        "1",
                        "FAKETIME_FORCE_MONOTONIC_FIX",
                        "0");
    }
}
