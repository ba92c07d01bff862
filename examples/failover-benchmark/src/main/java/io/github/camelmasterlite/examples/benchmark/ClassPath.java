package io.github.camelmasterlite.examples.benchmark;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Pattern;

/** The jars of a member with one of the HTTP clients of fabric8. */
record ClassPath(List<Path> entries) {
    ClassPath {
        entries = List.copyOf(entries);
    }

    /** An HTTP client. */
    enum Client {
        jdk("kubernetes-httpclient-vertx|vertx-|netty-"),
        vertx("kubernetes-httpclient-jdk");

        private final Pattern others;

        Client(String others) {
            this.others = Pattern.compile("(" + others + ").*");
        }
    }

    /** The class path of this process without what only other clients need. */
    static ClassPath with(Client client) throws IOException {
        List<Path> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            entries.add(Path.of(entry));
            entries.addAll(namedByManifest(Path.of(entry)));
        }
        return new ClassPath(entries.stream()
                .filter(entry ->
                        !client.others.matcher(entry.getFileName().toString()).matches())
                .toList());
    }

    private static List<Path> namedByManifest(Path entry) throws IOException {
        if (!Files.isRegularFile(entry)) {
            return List.of();
        }
        try (JarFile jar = new JarFile(entry.toFile())) {
            Manifest manifest = jar.getManifest();
            String named =
                    manifest == null ? null : manifest.getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
            if (named == null) {
                return List.of();
            }
            List<Path> paths = new ArrayList<>();
            for (String uri : named.split(" ", -1)) {
                paths.add(Path.of(entry.toUri().resolve(URI.create(uri))));
            }
            return paths;
        }
    }

    /** Without its manifest the first entry would not bring the others: each stands for itself. */
    String text() throws IOException {
        List<String> texts = new ArrayList<>();
        for (Path entry : entries) {
            texts.add(
                    namedByManifest(entry).isEmpty()
                            ? entry.toString()
                            : classesOnly(entry).toString());
        }
        return String.join(File.pathSeparator, texts);
    }

    /** A jar's manifest is obeyed whatever the class path says; so the classes of this program go by themselves. */
    private static Path classesOnly(Path jar) {
        Path classes = jar.resolveSibling("classes");
        return Files.isDirectory(classes) ? classes : jar;
    }

    /** Number and size. */
    String weight() throws IOException {
        int jars = 0;
        long bytes = 0;
        for (Path entry : entries) {
            if (Files.isRegularFile(entry)) {
                jars++;
                bytes += Files.size(entry);
            }
        }
        return String.format(Locale.ROOT, "%d, %.1f MB", jars, bytes / 1e6);
    }
}
