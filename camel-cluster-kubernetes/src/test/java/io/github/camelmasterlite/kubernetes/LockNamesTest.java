package io.github.camelmasterlite.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LockNamesTest {

    private static final Pattern SUBDOMAIN =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

    private static final List<String> AWKWARD = List.of(
            "orders",
            "Orders",
            "ORDERS",
            "orders-",
            "-orders",
            "orders_eu",
            "orders-eu",
            "orders/eu",
            "orders eu",
            "orders..eu",
            "orders.eu",
            "orders.-eu",
            "a",
            "ä",
            "a\u0308",
            "日本語",
            "日本",
            "😀",
            "\ud800",
            "\ud801",
            "?",
            "/",
            "..",
            ".",
            "-",
            "l".repeat(245),
            "l".repeat(246),
            "l".repeat(300),
            "l".repeat(300) + "m",
            "L".repeat(300));

    @ParameterizedTest
    @CsvSource({
        "lock1, leaders-lock1",
        "orders.eu, leaders-orders.eu",
        "my-lock-2, leaders-my-lock-2",
        "0, leaders-0",
    })
    void namesThatCamelKubernetesMapsWithoutLossAreMappedAsItDoes(String lock, String lease) {
        assertThat(LockNames.lease("leaders", lock)).isEqualTo(lease);
    }

    @Test
    void noTwoLocksShareALease() {
        Map<String, String> seen = new HashMap<>();
        for (String lock : AWKWARD) {
            String lease = LockNames.lease("leaders", lock);
            assertThat(lease).matches(SUBDOMAIN).hasSizeLessThanOrEqualTo(253);
            assertThat(seen.put(lease, lock)).as(lease).isNull();
        }
    }

    @Test
    void aLockThatIsCalledLikeTheHashedNameOfAnotherDoesNotMeetIt() {
        String hashed = LockNames.lease("leaders", "Orders");
        String twin = hashed.substring("leaders-".length());
        assertThat(LockNames.lease("leaders", twin)).isNotEqualTo(hashed);
    }

    @Test
    void noTwoLocksShareAKeyOfAConfigMap() {
        Map<String, String> seen = new HashMap<>();
        for (String lock : AWKWARD) {
            String key = LockNames.dataKey(lock, 23);
            assertThat(key).matches("[-._a-zA-Z0-9]+").hasSizeLessThanOrEqualTo(230);
            assertThat(seen.put(key, lock)).as(key).isNull();
        }
        assertThat(LockNames.dataKey("Orders_1", 23)).isEqualTo("Orders_1");
    }

    @Test
    void labelValuesAreValidAndDiffer() {
        Map<String, String> seen = new HashMap<>();
        for (String name : AWKWARD) {
            String value = LockNames.labelValue(name);
            assertThat(value)
                    .matches("[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
                    .hasSizeLessThanOrEqualTo(63);
            assertThat(seen.put(value, name)).as(value).isNull();
        }
        assertThat(LockNames.labelValue("leaders")).isEqualTo("leaders");
    }
}
