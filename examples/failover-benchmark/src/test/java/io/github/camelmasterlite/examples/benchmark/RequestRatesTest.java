package io.github.camelmasterlite.examples.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class RequestRatesTest {

    @Test
    void whatTheServerDoesByItselfIsTakenOff() {
        RequestRates rates = new RequestRates(
                Map.of("PUT leases", 2.1, "GET pods", 0.5), Map.of("PUT leases", 0.1, "GET configmaps", 0.2));
        assertThat(rates.countedInAll()).isCloseTo(2.6, within(1e-9));
        assertThat(rates.ownInAll()).isCloseTo(0.3, within(1e-9));
        assertThat(rates.netInAll()).isCloseTo(2.3, within(1e-9));
        assertThat(rates.netByName()).isEqualTo("GET configmaps -0.20, GET pods 0.50, PUT leases 2.00");
    }

    @Test
    void ratesAreWhatCameBetweenTwoCounts() {
        assertThat(RequestRates.between(
                        Map.of("PUT leases", 10.0, "GET pods", 3.0),
                        Map.of("PUT leases", 14.0, "GET pods", 3.0, "LIST pods", 1.0),
                        2_000_000_000))
                .isEqualTo(Map.of("PUT leases", 2.0, "LIST pods", 0.5));
    }
}
