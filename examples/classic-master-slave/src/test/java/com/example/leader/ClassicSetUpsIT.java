package com.example.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.camelmasterlite.examples.testing.Application;
import io.github.camelmasterlite.examples.testing.CopiedOut;
import io.github.camelmasterlite.examples.testing.Readme;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the README, each as a process, in a copy that is built elsewhere: in each set-up the second member takes over from the first. */
class ClassicSetUpsIT {

    private static final Duration SOON = Duration.ofSeconds(90);
    private static final Duration BUILT = Duration.ofSeconds(110);

    private static final Readme README = Readme.read(Path.of("README.md"));
    private static Path copy;

    private final Map<String, String> environment = new HashMap<>();

    @TempDir
    Path cluster;

    @BeforeAll
    static void copyItOutAndBuildIt(@TempDir Path elsewhere) {
        CopiedOut copied = CopiedOut.to(elsewhere, Path.of(""));
        copy = copied.directory();
        Application.run(README.block("build"), copy, copied.environment(), BUILT);
    }

    @BeforeEach
    void shareADirectory() {
        environment.put("CLUSTER_DIR", cluster.toString());
    }

    private Application start(String block) {
        return Application.start(README.block(block), copy, environment);
    }

    private static void awaitUp(Application member) {
        member.awaitLine("started in", SOON);
    }

    @Test
    void aRoutePolicyStartsTheRouteOnTheOtherMember() {
        try (Application first = start("route policy")) {
            first.awaitLine("the route runs here", SOON);
            try (Application second = start("route policy")) {
                awaitUp(second);
                int before = first.printed();
                first.awaitLine(before, "the route runs here", SOON);
                assertThat(second.lines()).noneMatch(line -> line.contains("the route runs here"));

                first.kill();

                second.awaitLine("the route runs here", SOON);
            }
        }
    }

    @Test
    void aJobFiresOnOneMemberAndGoesOnOnTheOther() {
        try (Application first = start("scheduler")) {
            first.awaitLine("timer fired", SOON);
            first.awaitLine("quartz fired for", SOON);
            try (Application second = start("scheduler")) {
                awaitUp(second);
                first.awaitLine(first.printed(), "quartz fired for", SOON);

                first.terminate();
                assertThat(first.awaitEnd(SOON)).isEqualTo(143);

                second.awaitLine("timer fired", SOON);
                second.awaitLine("quartz fired for", SOON);
                second.awaitLine(second.printed(), "quartz fired for", SOON);
                assertThat(found(first, "quartz fired for (\\S+)"))
                        .hasSizeGreaterThanOrEqualTo(2)
                        .doesNotContainAnyElementsOf(found(second, "quartz fired for (\\S+)"))
                        .doesNotHaveDuplicates();
            }
        }
    }

    @Test
    void theOtherConsumerGoesOnWithTheNextOrder() throws IOException {
        environment.put("BROKER_PORT", Integer.toString(freePort()));
        try (Application broker = start("broker")) {
            broker.awaitLine("The broker listens", SOON);
            try (Application first = start("exclusive consumer")) {
                first.awaitLine("order 3$", SOON);
                try (Application second = start("exclusive consumer")) {
                    awaitUp(second);
                    first.awaitLine(first.printed(), "order \\d", SOON);
                    assertThat(found(second, "order (\\d+)")).isEmpty();

                    first.terminate();
                    assertThat(first.awaitEnd(SOON)).isEqualTo(143);

                    second.awaitLine("order \\d", SOON);
                    await().atMost(SOON)
                            .until(() -> found(second, "order (\\d+)").size() >= 3);
                    List<String> orders = new ArrayList<>(found(first, "order (\\d+)"));
                    orders.addAll(found(second, "order (\\d+)"));
                    // each once, in order
                    assertThat(orders)
                            .containsExactlyElementsOf(IntStream.rangeClosed(1, orders.size())
                                    .mapToObj(Integer::toString)
                                    .toList());

                    try (Application third = start("exclusive consumer")) {
                        awaitUp(third);
                        second.kill();
                        third.awaitLine("order \\d", SOON);
                        second.awaitEnd(SOON);
                        // none is lost; the one that was in work may come again
                        int last = Integer.parseInt(last(found(second, "order (\\d+)")));
                        int next = Integer.parseInt(found(third, "order (\\d+)").get(0));
                        assertThat(next).isBetween(last, last + 1);
                    }
                }
            }
        }
    }

    @Test
    void aHotStandbyTakesOverWithWhatItHasWarmedUpBefore() {
        try (Application first = start("hot standby")) {
            first.awaitLine("apples cost", SOON);
            try (Application second = start("hot standby")) {
                second.awaitLine("serving", SOON);
                second.awaitLine("the cache is warm", SOON);
                assertThat(second.lines()).noneMatch(line -> line.contains("apples cost"));

                long killedNanos = System.nanoTime();
                first.kill();
                second.awaitLine("apples cost", SOON);
                Duration handOver = Duration.ofNanos(System.nanoTime() - killedNanos);

                System.out.println("From the kill to the first price of the next member: " + handOver.toMillis()
                        + " ms, of a consumer that takes 2000 ms to warm up");
                // No bound of time, which would be that of the machine: it has not warmed up again.
                assertThat(found(second, "(the cache is warm)")).hasSize(1);
            }
        }
    }

    @Test
    void aHotStandbyEndsWithoutAnError() {
        try (Application first = start("hot standby")) {
            first.awaitLine("apples cost", SOON);
            try (Application standby = start("hot standby")) {
                standby.awaitLine("the cache is warm", SOON);
                awaitUp(standby);

                standby.terminate();
                assertThat(standby.awaitEnd(SOON)).isEqualTo(143);

                assertThat(standby.lines()).noneMatch(line -> line.contains("apples cost"));
                assertThat(standby.lines())
                        .noneMatch(line ->
                                line.contains("Exception") || line.contains(" WARN ") || line.contains(" ERROR "));
            }
        }
    }

    /**
     * Outside of the range from which the kernel takes ports for outgoing connections: there it would be somebody else's by the time at which the broker has started, or that of a member
     * which tries to reach the broker.
     */
    private static int freePort() throws IOException {
        Random random = new Random();
        for (int attempt = 0; attempt < 100; attempt++) {
            int port = random.nextInt(20_000, 32_000);
            try (ServerSocket free = new ServerSocket(port, 0, InetAddress.getLoopbackAddress())) {
                return free.getLocalPort();
            } catch (BindException taken) {
                // another one
            }
        }
        throw new IOException("no free port between 20000 and 32000");
    }

    private static List<String> found(Application member, String expression) {
        Pattern pattern = Pattern.compile(expression);
        return member.lines().stream()
                .map(pattern::matcher)
                .filter(Matcher::find)
                .map(matcher -> matcher.group(1))
                .toList();
    }

    private static String last(List<String> values) {
        return values.get(values.size() - 1);
    }
}
