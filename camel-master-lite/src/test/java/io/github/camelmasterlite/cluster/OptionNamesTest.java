package io.github.camelmasterlite.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionNamesTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ORDERS_SERVICE_HOST",
                "ORDERS_SERVICE_PORT",
                "ORDERS_SERVICE_PORT_HTTP",
                "ORDERS_SERVICE_PORT_HTTP_ALT",
                "ORDERS_PORT",
                "ORDERS_PORT_80_TCP",
                "ORDERS_PORT_80_TCP_ADDR",
                "ORDERS_PORT_80_TCP_PORT",
                "ORDERS_PORT_80_TCP_PROTO",
                "ORDERS_PORT_5353_UDP",
                "ORDERS_PORT_5353_UDP_ADDR",
                "ORDERS_PORT_9999_SCTP",
                "ORDERS_PORT_9999_SCTP_PROTO",
                "CAMEL_CLUSTER_FILE_LOCK_PORT",
            })
    void whatKubernetesSaysOfAServiceIsAServiceLink(String variable) {
        assertThat(OptionNames.isServiceLink(variable)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CAMEL_CLUSTER_FILE_ROOT",
                "CAMEL_CLUSTER_FILE_SUPPORT",
                "CAMEL_CLUSTER_FILE_TRANSPORT",
                "CAMEL_CLUSTER_FILE_PORTS",
                "CAMEL_CLUSTER_FILE_PORT_HTTP",
                "CAMEL_CLUSTER_FILE_PORT_80",
                "CAMEL_CLUSTER_FILE_PORT_80_HTTP",
                "CAMEL_CLUSTER_FILE_PORT_TCP",
                "CAMEL_CLUSTER_FILE_PORT_80_TCPS",
                "CAMEL_CLUSTER_FILE_SERVICE_HOSTS",
                "CAMEL_CLUSTER_FILE_SERVICE_HOST_NAME",
                "CAMEL_CLUSTER_FILE_SERVICE_PORTAL",
                "CAMEL_CLUSTER_FILE_SERVICE",
                "CAMEL_CLUSTER_FILE_MICROSERVICE_HOST",
                "SERVICE_HOST",
                "PORT",
            })
    void whatSomebodyWroteIsNone(String variable) {
        assertThat(OptionNames.isServiceLink(variable)).isFalse();
    }
}
