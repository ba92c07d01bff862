package io.github.camelmasterlite.master;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.ResolveEndpointFailedException;
import org.apache.camel.component.timer.TimerEndpoint;
import org.apache.camel.support.PropertyBindingSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MasterUriTest {

    private final MasterFixture fixture = new MasterFixture();

    @AfterEach
    void stop() {
        fixture.close();
    }

    private MasterEndpoint endpoint(String uri) {
        return fixture.context.getEndpoint(uri, MasterEndpoint.class);
    }

    @Test
    void theFirstColonSeparatesLockAndDelegate() {
        MasterEndpoint endpoint = endpoint("master:lock1:timer:clock?period=5000");

        assertThat(endpoint.getNamespace()).isEqualTo("lock1");
        assertThat(endpoint.getDelegateUri()).isEqualTo("timer:clock?period=5000");
        assertThat(endpoint.getEndpoint()).isInstanceOfSatisfying(TimerEndpoint.class, timer -> {
            assertThat(timer.getTimerName()).isEqualTo("clock");
            assertThat(timer.getPeriod()).isEqualTo(5000);
        });
    }

    @Test
    void slashesAfterTheSchemeAreAllowed() {
        assertThat(endpoint("master://lock1:timer://clock").getNamespace()).isEqualTo("lock1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            master:lock1          | lock1
            master:lock1:         | lock1:
            master::timer:x       | :timer:x
            master:lock1:?a=1     | lock1:
            """)
    void aUriThatLacksAPartIsRefused(String uri, String got) {
        assertThatThrownBy(() -> endpoint(uri))
                .isInstanceOf(ResolveEndpointFailedException.class)
                .hasRootCauseInstanceOf(IllegalArgumentException.class)
                .hasRootCauseMessage("Wrong uri syntax : master:namespace:uri, got " + got);
    }

    @Test
    void nothingCanBeSentToIt() {
        assertThatThrownBy(() -> endpoint("master:lock1:rec:x").createProducer())
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("Cannot produce from this endpoint");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            master.guard=maybe              | Option master.guard=maybe must be one of: wait, fail, off
            master.headers=yes              | Option master.headers=yes must be true or false
            master.gard=off                 | Unknown option master.gard; known are: master.guard, master.headers, master.onSuspend, master.warmStandby, master.yieldWhenDownFor
            a=1&master.guard.x=off          | Unknown option master.guard.x; known are: master.guard, master.headers, master.onSuspend, master.warmStandby, master.yieldWhenDownFor
            master.warmStandby=cold         | Option master.warmStandby=cold must be true or false
            master.onSuspend=drop           | Option master.onSuspend=drop must be one of: keep, release
            master.yieldWhenDownFor=soon    | Option master.yieldWhenDownFor=soon must be a duration of 0 (off) or more, such as 30s, 1m30s, 500ms or 30000 (milliseconds)
            master.yieldWhenDownFor=-5s     | Option master.yieldWhenDownFor=-5s must be a duration of 0 (off) or more, such as 30s, 1m30s, 500ms or 30000 (milliseconds)
            master.yieldWhenDownFor=s       | Option master.yieldWhenDownFor=s must be a duration of 0 (off) or more, such as 30s, 1m30s, 500ms or 30000 (milliseconds)
            master.yieldWhenDownFor=99999999999999999999 | Option master.yieldWhenDownFor=99999999999999999999 must be a duration of 0 (off) or more, such as 30s, 1m30s, 500ms or 30000 (milliseconds)
            """)
    void anOptionOfOursThatIsWrongIsNamed(String query, String message) {
        assertThatThrownBy(() -> endpoint("master:lock1:rec:x?" + query))
                .isInstanceOf(ResolveEndpointFailedException.class)
                .hasRootCauseInstanceOf(IllegalArgumentException.class)
                .hasRootCauseMessage(message);
    }

    @Test
    void ourOptionsDoNotReachTheDelegate() {
        MasterEndpoint endpoint = endpoint("master:lock1:rec:x?foo=1&master.guard=OFF&master.headers=false&bar=2");

        assertThat(endpoint.options()).isEqualTo(new MasterOptions(MasterGuard.OFF, false));
        assertThat(endpoint.getMasterOptions()).containsOnlyKeys("guard", "headers");
        assertThat(fixture.rec.parameters).isEqualTo(Map.of("foo", "1", "bar", "2"));
    }

    @Test
    void allOptionsOfOursCanBeSetInAUri() {
        MasterEndpoint endpoint = endpoint("master:lock1:rec:x?master.guard=fail&master.headers=false"
                + "&master.warmStandby=true&master.onSuspend=release&master.yieldWhenDownFor=1m30s");

        assertThat(endpoint.options())
                .isEqualTo(new MasterOptions(
                        MasterGuard.FAIL, false, true, MasterOnSuspend.RELEASE, Duration.ofSeconds(90)));
        assertThat(fixture.rec.parameters).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0s, 0", "250, 250", "250ms, 250", "5s, 5000", "1M30S, 90000", "2h, 7200000", "1d1ms, 86400001"
    })
    void aDurationIsWrittenAsInAllOfCamel(String written, long millis) {
        assertThat(endpoint("master:lock1:rec:x?master.yieldWhenDownFor=" + written)
                        .options()
                        .yieldWhenDownFor())
                .hasMillis(millis);
    }

    @Test
    void whatAUriDoesNotSayIsAsTheComponentSays() {
        fixture.master.setGuard(MasterGuard.FAIL);
        fixture.master.setHeaders(false);
        fixture.master.setWarmStandby(true);
        fixture.master.setOnSuspend(MasterOnSuspend.RELEASE);
        fixture.master.setYieldWhenDownFor(7_000);
        Duration down = Duration.ofSeconds(7);

        assertThat(endpoint("master:lock1:rec:x").options())
                .isEqualTo(new MasterOptions(MasterGuard.FAIL, false, true, MasterOnSuspend.RELEASE, down));
        assertThat(endpoint("master:lock1:rec:x?master.guard=wait&master.onSuspend=keep")
                        .options())
                .isEqualTo(new MasterOptions(MasterGuard.WAIT, false, true, MasterOnSuspend.KEEP, down));
    }

    @Test
    void theComponentIsConfiguredByName() {
        fixture.context.getPropertiesComponent().addInitialProperty("mode", "fail");
        Map<String, Object> options = new HashMap<>(Map.of(
                "guard",
                "{{mode}}",
                "headers",
                "false",
                "backOffDelay",
                "7",
                "backOffMaxAttempts",
                "0",
                "bridgeErrorHandler",
                "true",
                "warmStandby",
                "true",
                "onSuspend",
                "release",
                "yieldWhenDownFor",
                "5s"));
        PropertyBindingSupport.build()
                .withConfigurer(new MasterComponentConfigurer())
                .withIgnoreCase(true)
                .bind(fixture.context, fixture.master, options);

        assertThat(fixture.master.getGuard()).isEqualTo(MasterGuard.FAIL);
        assertThat(fixture.master.isHeaders()).isFalse();
        assertThat(fixture.master.getBackOffDelay()).isEqualTo(7);
        assertThat(fixture.master.getBackOffMaxAttempts()).isZero();
        assertThat(fixture.master.isBridgeErrorHandler()).isTrue();
        assertThat(fixture.master.isWarmStandby()).isTrue();
        assertThat(fixture.master.getOnSuspend()).isEqualTo(MasterOnSuspend.RELEASE);
        assertThat(fixture.master.getYieldWhenDownFor()).isEqualTo(5000);
    }

    @Test
    void negativeNumbersAreRefused() {
        assertThatThrownBy(() -> fixture.master.setBackOffDelay(-1))
                .hasMessage("backOffDelay=-1 must be 0 or more milliseconds");
        assertThatThrownBy(() -> fixture.master.setBackOffMaxAttempts(-1))
                .hasMessage("backOffMaxAttempts=-1 must be 0 (for ever) or more");
        assertThatThrownBy(() -> fixture.master.setYieldWhenDownFor(-1))
                .hasMessage("yieldWhenDownFor=-1 must be 0 (off) or more milliseconds");
    }

    /** Fault 23: the query was dropped when nothing but options of the master's own kind was in it. */
    @ParameterizedTest
    @ValueSource(
            strings = {"bridgeErrorHandler=true", "lazyStartProducer=true", "autowiredEnabled=false", "hash=1", "foo=1"
            })
    void theQueryIsNeverDropped(String query) {
        fixture.context.getEndpoint("master:lock1:rec:x?" + query);

        assertThat(fixture.rec.endpointUris).hasSize(1);
        assertThat(fixture.rec.endpointUris.get(0)).endsWith("x?" + query);
    }

    @Test
    void theDelegateGetsItsQueryEncodedOnce() {
        endpoint("master:lock1:rec:x?foo=hello}+world&bar=RAW(hello}+world)");

        assertThat(fixture.rec.parameters).containsEntry("foo", "hello} world").containsEntry("bar", "hello}+world");
    }

    @Test
    void aPasswordMayLookLikeAnOptionOfOurs() {
        MasterEndpoint endpoint = endpoint("master:lock1:rec:x?password=RAW(a&master.guard=off)");

        assertThat(fixture.rec.parameters).containsEntry("password", "a&master.guard=off");
        assertThat(endpoint.options().guard()).isEqualTo(MasterGuard.WAIT);
    }

    @Test
    void parametersFromCodeReachTheDelegate() {
        Endpoint endpoint =
                fixture.context.getEndpoint("master:lock1:rec:x?foo=1", Map.of("bar", 2, "master.guard", "off"));

        assertThat(fixture.rec.parameters)
                .containsEntry("foo", "1")
                .containsEntry("bar", 2)
                .hasSize(2);
        assertThat(((MasterEndpoint) endpoint).options().guard()).isEqualTo(MasterGuard.OFF);
    }

    @Test
    void aDelegateWithUnknownOptionsSaysSo() {
        assertThatThrownBy(() -> endpoint("master:lock1:timer:clock?perod=5000"))
                .isInstanceOf(ResolveEndpointFailedException.class)
                .hasMessageContaining("perod");
    }
}
