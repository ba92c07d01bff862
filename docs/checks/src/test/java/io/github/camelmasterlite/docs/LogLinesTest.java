package io.github.camelmasterlite.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The tables of log lines in docs/operations.md have every line that the modules can log at INFO, WARN or ERROR, and no other. */
class LogLinesTest {

    private static final Pattern STATEMENT = Pattern.compile("\\bLOG\\s*\\.\\s*(info|warn|error|at\\w+|log)\\(");
    private static final Pattern LITERAL = Pattern.compile("\\G[\\s+]*\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final String CUT = " ...";

    /**
     * @param level INFO, WARN or ERROR
     * @param text  the message, with {@code {}} for what varies
     */
    private record Line(String level, String text) {

        /** Whether a row of the table, which may be cut, means this line. */
        boolean isMeantBy(Line row) {
            return level.equals(row.level)
                    && (row.text.endsWith(CUT)
                            ? text.startsWith(row.text.substring(0, row.text.length() - CUT.length()))
                            : text.equals(row.text));
        }
    }

    @Test
    void everyLogLineIsExplainedOnce() throws IOException {
        List<Line> rows = rows();
        List<String> unexplained = new ArrayList<>();
        List<String> ambiguous = new ArrayList<>();
        for (Line line : logged()) {
            long explained = rows.stream().filter(line::isMeantBy).count();
            if (explained == 0) {
                unexplained.add(line.level() + " | " + line.text());
            } else if (explained > 1) {
                ambiguous.add(line.level() + " | " + line.text());
            }
        }
        assertThat(unexplained)
                .as("log lines that docs/operations.md does not explain: add a row for each")
                .isEmpty();
        assertThat(ambiguous).as("log lines that several rows explain").isEmpty();
    }

    @Test
    void everyLineThatIsExplainedIsLogged() throws IOException {
        List<Line> logged = logged();
        assertThat(logged).hasSizeGreaterThan(50);
        assertThat(rows().stream().filter(row -> logged.stream().noneMatch(line -> line.isMeantBy(row))))
                .as("rows of docs/operations.md for lines that nothing logs any more")
                .isEmpty();
    }

    private static List<Line> rows() {
        List<Line> rows = new ArrayList<>();
        Page page = Page.at("docs/operations.md");
        for (List<String> cells : Page.rows(page.section("log"))) {
            if (cells.get(0).matches("INFO|WARN|ERROR")) {
                rows.add(new Line(cells.get(0), cells.get(1).replaceAll("^`+|`+$", "")));
            }
        }
        return rows;
    }

    /** What the sources of the modules log, not those of the examples. */
    private static List<Line> logged() throws IOException {
        List<Line> lines = new ArrayList<>();
        for (Path file : Page.javaSources("main")) {
            if (file.startsWith(Page.ROOT.resolve("examples"))) {
                continue;
            }
            String source = Files.readString(file);
            Matcher statement = STATEMENT.matcher(source);
            while (statement.find()) {
                String method = statement.group(1);
                assertThat(method)
                        .as("%s logs in a way that this test does not read", file)
                        .matches("info|warn|error");
                StringBuilder text = new StringBuilder();
                Matcher literal = LITERAL.matcher(source).region(statement.end(), source.length());
                while (literal.find()) {
                    text.append(literal.group(1));
                }
                assertThat(text.length())
                        .as("%s logs something else than a literal", file)
                        .isPositive();
                lines.add(new Line(method.toUpperCase(Locale.ROOT), text.toString()));
            }
        }
        return lines;
    }
}
