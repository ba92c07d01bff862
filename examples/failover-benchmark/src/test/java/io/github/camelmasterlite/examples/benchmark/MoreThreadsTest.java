package io.github.camelmasterlite.examples.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class MoreThreadsTest {
    private static final Map<String, ThreadCount> ROUTES =
            Map.of("main", new ThreadCount(1, 1, 1), "Camel #", new ThreadCount(0, 2, 1));

    private static final MoreThreads MEMBER = new MoreThreads(
            ROUTES,
            Map.of(
                    "main", new ThreadCount(1, 1, 1),
                    "Camel #", new ThreadCount(0, 4, 2),
                    "elections", new ThreadCount(0, 1, 1),
                    "vert.x-eventloop-thread-#", new ThreadCount(0, 2, 2)));

    @Test
    void threadsOfTheHttpClientAreCountedApart() {
        assertThat(MEMBER.atRest(false)).isEqualTo(2);
        assertThat(MEMBER.atRest(true)).isEqualTo(2);
    }

    @Test
    void whatTheRoutesAloneHaveDoesNotCount() {
        assertThat(MoreThreads.table(MEMBER, MEMBER, 20))
                .contains("| Camel # | service, master: and Camel | 1 | 2 | 1 | 2 |")
                .noneMatch(line -> line.contains("| main |"));
    }
}
