package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LockNamesTest {

    private static final List<String> HARD = List.of(
            "/",
            "..",
            ".",
            "...",
            "../x",
            "..\\x",
            "a/b",
            "a\\b",
            "a:b",
            "c:",
            "a b",
            " a",
            "a ",
            "a.",
            ".a",
            "A",
            "a",
            "LOCK",
            "lock",
            "Lock",
            "%",
            "%%",
            "%2f",
            "%2F",
            "%41",
            "a%",
            "\u0000",
            "a\u0000b",
            "\n",
            "\u00e9",
            "e\u0301",
            "\u00c9",
            "\u0130",
            "\u0131",
            "i",
            "I",
            "\u212a",
            "k",
            "\ud83d\ude00",
            "\ud83d",
            "\ude00",
            "\ude00\ud83d",
            "?",
            "??",
            "*",
            "a.epoch",
            "a.leader",
            "a.tmp",
            "a.EPOCH",
            "a.epoch.tmp",
            "a.leader.tmp",
            ".epoch",
            ".leader",
            ".members",
            "con",
            "CON",
            "con.txt",
            "nul",
            "lpt1.a.b",
            "com9",
            "aux.",
            "x".repeat(180),
            "x".repeat(181),
            "x".repeat(300),
            "x".repeat(299) + "y",
            "/".repeat(100),
            "\u00e9".repeat(300),
            "x".repeat(100) + "%%",
            "~1",
            "a~1",
            "-",
            "--",
            "_");

    private static List<String> manyNames() {
        List<String> names = new ArrayList<>(HARD);
        Random random = new Random(42);
        String alphabet = "abAB.%/-_0 \u00e9\ud83d\ude00elpocht";
        for (int i = 0; i < 20_000; i++) {
            StringBuilder name = new StringBuilder();
            for (int n = 1 + random.nextInt(9); n > 0; n--) {
                name.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            names.add(name.toString());
        }
        return names;
    }

    @Test
    void noTwoLocksShareAFileAlsoOnADiskThatIgnoresCase() {
        Map<String, String> lockByFile = new HashMap<>();
        for (String lock : manyNames()) {
            String file = LockNames.encode(lock);
            for (String ending : List.of(
                    "",
                    LockNames.EPOCH,
                    LockNames.LEADER,
                    LockNames.EPOCH + LockNames.TEMPORARY,
                    LockNames.LEADER + LockNames.TEMPORARY)) {
                String before = lockByFile.put((file + ending).toLowerCase(Locale.ROOT), lock);
                assertThat(before == null || before.equals(lock))
                        .as("'%s' and '%s' share %s", before, lock, file + ending)
                        .isTrue();
            }
        }
    }

    @Test
    void noNameLeavesTheRootOrIsTooLongOrNeedsMoreThanPlainCharacters() {
        Path root = Path.of("/root/of/locks");
        for (String lock : manyNames()) {
            String file = LockNames.encode(lock);
            assertThat(root.resolve(file + LockNames.LEADER + LockNames.TEMPORARY)
                            .normalize()
                            .getParent())
                    .as(lock)
                    .isEqualTo(root);
            assertThat(root.resolve(file).normalize().getFileName().toString()).isEqualTo(file);
            assertThat((file + LockNames.LEADER + LockNames.TEMPORARY).getBytes(StandardCharsets.UTF_8))
                    .hasSizeLessThanOrEqualTo(255);
            assertThat(file).matches("[a-z0-9_%-]([a-z0-9._%-]*[a-z0-9_%-])?");
            assertThat(LockNames.isEncoded(file)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lock1", "a", "my-lock", "my_lock", "orders.eu.1", "0", "a.epochs", "a.leader.b"})
    void plainNamesKeepTheirName(String lock) {
        assertThat(LockNames.encode(lock)).isEqualTo(lock);
    }

    @ParameterizedTest
    @ValueSource(strings = {"con", "nul", "aux.txt", "com1", "lpt9.a"})
    void noFileHasANameThatWindowsReserves(String lock) {
        assertThat(LockNames.encode(lock)).startsWith("%");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", ".members", "a/b", "../a", "a\u0000", "A", "a b", "\n"})
    void whatCannotHaveBeenEncodedIsRecognised(String name) {
        assertThat(LockNames.isEncoded(name)).isFalse();
    }
}
