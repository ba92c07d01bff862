package io.github.camelmasterlite.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.cluster.Leader;
import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.cluster.LocalClusterService;
import io.github.camelmasterlite.engine.MemoryLeaseStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The code in docs/api.md is that of {@link ApiExamples}, and works. {@code -Ddocs.write} copies it. */
class ApiDocumentationTest {

    private static final Path DOCUMENT = Path.of("..", "docs", "api.md");
    private static final Path EXAMPLES =
            Path.of("src", "test", "java", "io", "github", "camelmasterlite", "api", "ApiExamples.java");
    private static final Pattern CODE =
            Pattern.compile("<!-- piece: ([a-z]+) -->\n```java\n(.*?)```\n", Pattern.DOTALL);
    private static final Duration BOUND = Duration.ofSeconds(10);

    private final LocalClusterService service =
            new LocalClusterService(UUID.randomUUID().toString());
    private final List<String> written = new CopyOnWriteArrayList<>();
    private final ApiExamples.Table table = (row, token) -> written.add(row + (token > 0));

    @BeforeEach
    void start() {
        service.start();
    }

    @AfterEach
    void stop() {
        service.stop();
    }

    private static void within(Callable<Boolean> condition) {
        await().atMost(BOUND).pollInterval(Duration.ofMillis(1)).until(condition);
    }

    // ---- it is in the document

    @Test
    void theDocumentShowsTheCodeThatIsTestedHere() throws IOException {
        String document = Files.readString(DOCUMENT);
        Map<String, String> pieces = pieces();
        List<String> shown = new ArrayList<>();
        String expected = CODE.matcher(document).replaceAll(found -> {
            shown.add(found.group(1));
            return Matcher.quoteReplacement("<!-- piece: " + found.group(1) + " -->\n```java\n"
                    + pieces.getOrDefault(found.group(1), "there is no such piece\n") + "```\n");
        });
        assertThat(shown).containsExactlyInAnyOrderElementsOf(pieces.keySet());
        assertThat(document.split("```java", -1))
                .as("code that is copied from nowhere")
                .hasSize(shown.size() + 1);
        if (System.getProperty("docs.write") != null) {
            Files.writeString(DOCUMENT, expected);
        } else {
            assertThat(document)
                    .as(
                            "mvn -B test -pl camel-master-lite -Dtest=ApiDocumentationTest -Ddocs.write=true copies the code")
                    .isEqualTo(expected);
        }
    }

    private static Map<String, String> pieces() throws IOException {
        Map<String, String> pieces = new LinkedHashMap<>();
        String name = "";
        StringBuilder code = new StringBuilder();
        for (String line : Files.readAllLines(EXAMPLES)) {
            if (line.strip().equals("// piece: end")) {
                pieces.put(
                        name, code.toString().stripTrailing().stripIndent() + "\n"); // an empty last line has no indent
                name = "";
            } else if (line.strip().startsWith("// piece: ")) {
                name = line.strip().substring("// piece: ".length());
                code.setLength(0);
            } else if (!name.isEmpty()) {
                code.append(line).append('\n');
            }
        }
        return pieces;
    }

    // ---- it works

    @Test
    void aComponentRunsWhileThisMemberLeads() {
        try (Leader leader = ApiExamples.component(service, new ApiExamples.Component() {
            @Override
            public void start(long fencingToken) {
                table.write("start", fencingToken);
            }

            @Override
            public void stop() {
                written.add("stop");
            }
        })) {
            within(() -> written.equals(List.of("starttrue")));
            assertThat(ApiExamples.ask(leader)).startsWith("leading under token ");
        }
        assertThat(written).containsExactly("starttrue", "stop");
    }

    @Test
    void aLoopRunsWhileThisMemberLeads() {
        BlockingQueue<String> queue = new LinkedBlockingQueue<>(List.of("a", "b"));
        Leader leader = ApiExamples.loop(service, queue, table);
        within(() -> written.equals(List.of("atrue", "btrue")));

        leader.close();

        assertThat(ApiExamples.ask(leader)).isEqualTo("this member does not lead lock3");
        within(() -> service.getNamespaces().isEmpty());
    }

    @Test
    void aViewTellsWhoLeadsAndStepsDown() throws Exception {
        LeadershipView view = service.getView("lock1");
        within(view::isLeader);

        assertThat(ApiExamples.view(service)).startsWith("token ");

        within(() -> !view.isLeader());
        service.releaseView(view);
    }

    @Test
    void aJobEndsBeforeTheLockIsReleased() {
        LeadershipView view = service.getView("lock1");
        ApiExamples.Job job = new ApiExamples.Job();
        view.addEventListener(job);
        within(view::isLeader);
        within(() -> !job.workEnded().toCompletableFuture().isDone());

        service.releaseView(view);

        within(() -> job.workEnded().toCompletableFuture().isDone());
    }

    @Test
    void aRoutePassesTheTokenOn() throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.addService(service);
            context.addRoutes(ApiExamples.route(table));
            context.start();
            within(() -> written.contains("rowtrue"));
        }
    }

    @Test
    void aServiceRunsOverAStore() {
        var overStore = ApiExamples.store(new MemoryLeaseStore(new MemoryLeaseStore.Shelf()));
        overStore.start();
        LeadershipView view = overStore.getView("lock1");
        within(view::isLeader);
        overStore.stop();
    }
}
