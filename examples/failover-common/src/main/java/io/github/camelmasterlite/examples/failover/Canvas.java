package io.github.camelmasterlite.examples.failover;

import java.io.IOException;
import java.nio.file.Path;

/** Something to draw on. Lengths are in points, y grows downwards, colours are {@code #rrggbb}. */
interface Canvas {
    enum Anchor {
        START,
        MIDDLE,
        END
    }

    void box(double x, double y, double width, double height, double radius, String colour);

    void line(double x1, double y1, double x2, double y2, double width, String colour, boolean dashed);

    void dot(double x, double y, double radius, String colour);

    void triangle(double x, double y, double size, String colour);

    /** Text whose base line is at y. */
    void text(double x, double y, double size, boolean bold, Anchor anchor, String colour, String text);

    void save(Path file) throws IOException;
}
