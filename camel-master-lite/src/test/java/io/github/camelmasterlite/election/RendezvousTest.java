package io.github.camelmasterlite.election;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Law 12: who comes first is agreed upon without a word, and differs from lock to lock. */
@NullUnmarked
class RendezvousTest {

    private static final List<String> MEMBERS = List.of("pod-0", "pod-1", "pod-2", "pod-3", "pod-4");
    private static final int LOCKS = 1_000;

    /** The members as one of them, who knows them in an order of its own, would queue them. */
    private static List<String> queue(String lock, List<String> members, Random random) {
        List<String> asKnown = new ArrayList<>(members);
        Collections.shuffle(asKnown, random);
        List<String> queue = new ArrayList<>(members);
        queue.sort(Comparator.comparingInt(member -> Rendezvous.rank(lock, member, asKnown, null)));
        return queue;
    }

    private static void assertEven(IntFunction<String> lock, List<String> members) {
        Map<String, Integer> firsts = new HashMap<>();
        for (int i = 0; i < LOCKS; i++) {
            firsts.merge(queue(lock.apply(i), members, new Random(1)).get(0), 1, Integer::sum);
        }
        int even = LOCKS / members.size();
        assertThat(firsts).hasSize(members.size());
        assertThat(firsts.values()).as("%s", firsts).allMatch(count -> count >= even * 3 / 4 && count <= even * 5 / 4);
    }

    @Test
    void allMembersKnowTheSameOrder() {
        for (int i = 0; i < LOCKS; i++) {
            String lock = "lock-" + i;
            List<String> order = queue(lock, MEMBERS, new Random(0));
            assertThat(queue(lock, MEMBERS, new Random(i))).isEqualTo(order);
            for (int place = 0; place < order.size(); place++) {
                assertThat(Rendezvous.rank(lock, order.get(place), MEMBERS, null))
                        .isEqualTo(place);
            }
        }
    }

    @Test
    void differentLocksPreferDifferentMembersEvenly() {
        assertEven(i -> "lock-" + i, MEMBERS);
    }

    @Test
    void namesThatDifferInTheirLastCharacterAreSpreadEvenly() {
        assertEven(i -> "namespace/a-rather-long-name-of-a-lock-" + i, List.of("a", "b", "c", "d", "e"));
    }

    @Test
    void namesWithALongCommonPartAreSpreadEvenly() {
        String deployment = "orders-consumer-7d9f8b6c5d-";
        assertEven(
                i -> String.valueOf(i),
                List.of(
                        deployment + "x2x7k",
                        deployment + "x2x7l",
                        deployment + "9qwzt",
                        deployment + "kk4mn",
                        deployment + "b8vhs"));
    }

    @Test
    void aMemberThatLeavesMovesNobodyButThoseBehindIt() {
        for (int i = 0; i < LOCKS; i++) {
            String lock = "lock-" + i;
            List<String> before = queue(lock, MEMBERS, new Random(i));
            for (String leaver : MEMBERS) {
                List<String> rest = new ArrayList<>(MEMBERS);
                rest.remove(leaver);
                List<String> expected = new ArrayList<>(before);
                expected.remove(leaver);
                assertThat(queue(lock, rest, new Random(i))).isEqualTo(expected);
            }
        }
    }

    @Test
    void aMemberThatIsExcludedCountsAsIfItHadLeft() {
        for (int i = 0; i < LOCKS; i++) {
            String lock = "lock-" + i;
            List<String> rest = MEMBERS.subList(1, MEMBERS.size());
            for (String member : rest) {
                assertThat(Rendezvous.rank(lock, member, MEMBERS, MEMBERS.get(0)))
                        .isEqualTo(Rendezvous.rank(lock, member, rest, null));
            }
        }
    }

    @Test
    void aMemberNobodyKnowsYetQueuesAsIfItWereKnown() {
        List<String> others = MEMBERS.subList(1, MEMBERS.size());
        for (int i = 0; i < LOCKS; i++) {
            String lock = "lock-" + i;
            assertThat(Rendezvous.rank(lock, MEMBERS.get(0), others, null))
                    .isEqualTo(Rendezvous.rank(lock, MEMBERS.get(0), MEMBERS, null));
        }
    }

    @Test
    void whoIsAloneIsFirst() {
        assertThat(Rendezvous.rank("lock1", "a", List.of("a"), null)).isZero();
        assertThat(Rendezvous.rank("lock1", "a", List.of(), null)).isZero();
        assertThat(Rendezvous.rank("lock1", "a", List.of("a"), "a")).isZero();
    }

    @Test
    void aLockAndAMemberAreNotMistakenForEachOther() {
        assertThat(Rendezvous.weight("ab", "c")).isNotEqualTo(Rendezvous.weight("a", "bc"));
        assertThat(Rendezvous.weight("a", "b")).isNotEqualTo(Rendezvous.weight("b", "a"));
    }
}
