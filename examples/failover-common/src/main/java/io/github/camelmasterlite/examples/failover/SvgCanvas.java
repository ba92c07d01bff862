package io.github.camelmasterlite.examples.failover;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Draws SVG. */
final class SvgCanvas implements Canvas {
    private final StringBuilder svg = new StringBuilder();

    SvgCanvas(double width, double height) {
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" "
                        + "font-family=\"Inter, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif\">",
                width, height, width, height);
    }

    @Override
    public void box(double x, double y, double width, double height, double radius, String colour) {
        add(
                "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" rx=\"%.1f\" fill=\"%s\"/>",
                x, y, width, height, radius, colour);
    }

    @Override
    public void line(double x1, double y1, double x2, double y2, double width, String colour, boolean dashed) {
        add(
                "<line x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\" stroke=\"%s\" stroke-width=\"%.1f\"%s/>",
                x1, y1, x2, y2, colour, width, dashed ? " stroke-dasharray=\"4 4\"" : "");
    }

    @Override
    public void dot(double x, double y, double radius, String colour) {
        add("<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%.1f\" fill=\"%s\"/>", x, y, radius, colour);
    }

    @Override
    public void triangle(double x, double y, double size, String colour) {
        add("<path d=\"M%.2f %.2fl%.2f %.2fh%.2fz\" fill=\"%s\"/>", x, y, -size / 2, -size, size, colour);
    }

    @Override
    public void text(double x, double y, double size, boolean bold, Anchor anchor, String colour, String text) {
        String escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        add(
                "<text x=\"%.2f\" y=\"%.2f\" font-size=\"%.1f\"%s text-anchor=\"%s\" fill=\"%s\">%s</text>",
                x,
                y,
                size,
                bold ? " font-weight=\"600\"" : "",
                anchor.name().toLowerCase(Locale.ROOT),
                colour,
                escaped);
    }

    @Override
    public void save(Path file) throws IOException {
        Files.writeString(file, svg + "</svg>\n");
    }

    private void add(String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }
}
