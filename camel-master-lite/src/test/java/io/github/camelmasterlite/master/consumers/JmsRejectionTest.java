package io.github.camelmasterlite.master.consumers;

import static io.github.camelmasterlite.master.consumers.GuardedRoute.stays;
import static io.github.camelmasterlite.master.consumers.GuardedRoute.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.activemq.artemis.api.core.QueueConfiguration;
import org.apache.activemq.artemis.api.core.RoutingType;
import org.apache.activemq.artemis.api.core.SimpleString;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.camel.component.jms.JmsComponent;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A message is delivered while authority is unverified. The broker gives up after ten deliveries, as Artemis does by default. */
class JmsRejectionTest {

    private static final String DEAD = "dead";
    private static final int DELIVERIES = 10;
    private static final String TRANSACTED = "transacted=true";
    private static final String CLIENT = "acknowledgementModeName=CLIENT_ACKNOWLEDGE";
    private static final String AUTO = "acknowledgementModeName=AUTO_ACKNOWLEDGE";

    private static final EmbeddedActiveMQ BROKER = new EmbeddedActiveMQ();
    private static final ActiveMQConnectionFactory FACTORY = new ActiveMQConnectionFactory("vm://7");
    private static final AtomicInteger QUEUES = new AtomicInteger();

    private final GuardedRoute route = new GuardedRoute();
    private final String queue = "queue" + QUEUES.incrementAndGet();
    private final List<Integer> deliveries = new CopyOnWriteArrayList<>();
    private long dead;

    @BeforeAll
    static void startBroker() throws Exception {
        AddressSettings settings = new AddressSettings()
                .setDeadLetterAddress(SimpleString.of(DEAD))
                .setMaxDeliveryAttempts(DELIVERIES)
                .setAutoDeleteQueues(false)
                .setAutoDeleteAddresses(false);
        BROKER.setConfiguration(new ConfigurationImpl()
                .setPersistenceEnabled(false)
                .setSecurityEnabled(false)
                .setJMXManagementEnabled(false)
                .addAcceptorConfiguration("vm", "vm://7")
                .addAddressSetting("#", settings)
                .addQueueConfiguration(QueueConfiguration.of(DEAD).setRoutingType(RoutingType.ANYCAST)));
        BROKER.start();
    }

    @AfterAll
    static void stopBroker() throws Exception {
        FACTORY.close();
        BROKER.stop();
    }

    @BeforeEach
    void component() {
        route.context.addComponent("jms", JmsComponent.jmsComponent(FACTORY));
        dead = messages(DEAD);
    }

    @AfterEach
    void stop() {
        route.close();
    }

    private static long messages(String queue) {
        return Objects.requireNonNull(BROKER.getActiveMQServer().locateQueue(queue))
                .getMessageCount();
    }

    private void lead(String mode, String guard) {
        String uri = "jms:queue:" + queue + "?receiveTimeout=200&" + mode;
        route.lead(
                uri,
                "master.guard=" + guard,
                exchange -> deliveries.add(exchange.getIn().getHeader("JMSXDeliveryCount", Integer.class)));
        send("first");
        route.untilRouted("first");
        until(() -> messages(queue) == 0);
        route.suspendAuthority();
        send("second");
    }

    private void send(String body) {
        route.send("jms:queue:" + queue, body);
    }

    private void loseWhileItWaits(String mode) {
        lead(mode, "wait");
        route.untilSomethingWaits();
        stays(() -> route.rejected.isEmpty());
        route.lose();
    }

    private void isDeliveredToTheNextTenure() {
        // when it waited, and at most once more before the consumer was told to stop
        int rejected = route.rejected.size();
        assertThat(rejected).isBetween(1, 2);
        until(() -> messages(queue) == 1);
        route.gainAgain();
        route.untilRouted("first", "second");
        until(() -> deliveries.equals(List.of(1, 1 + rejected)));
        assertThat(messages(DEAD)).isEqualTo(dead);
    }

    private void isRoutedOnceItIsConfirmed(String mode) {
        lead(mode, "wait");
        route.untilSomethingWaits();
        stays(() -> route.rejected.isEmpty());

        route.confirm();

        route.untilRouted("first", "second");
        assertThat(route.rejected).isEmpty();
        until(() -> deliveries.equals(List.of(1, 1)));
    }

    private void isDeadAfterTenDeliveries(String mode) {
        lead(mode, "fail");

        until(() -> messages(DEAD) == dead + 1);
        route.confirm();

        assertThat(route.rejected).hasSize(DELIVERIES);
        stays(() -> route.routed.equals(List.of("first")));
    }

    private void isRoutedWithoutAuthority(String mode) {
        lead(mode, "off");

        route.untilRouted("first", "second");

        assertThat(route.service.isLeader(GuardedRoute.LOCK)).isFalse();
        assertThat(route.rejected).isEmpty();
    }

    @Test
    void aLossRollsBackATransactedMessage() {
        loseWhileItWaits(TRANSACTED);
        isDeliveredToTheNextTenure();
    }

    @Test
    void aConfirmationRoutesATransactedMessageDeliveredOnce() {
        isRoutedOnceItIsConfirmed(TRANSACTED);
    }

    @Test
    void failSpendsAllDeliveriesOfATransactedMessage() {
        isDeadAfterTenDeliveries(TRANSACTED);
    }

    @Test
    void offRoutesATransactedMessageWithoutAuthority() {
        isRoutedWithoutAuthority(TRANSACTED);
    }

    @Test
    void aLossRecoversAMessageOfClientAcknowledge() {
        loseWhileItWaits(CLIENT);
        isDeliveredToTheNextTenure();
    }

    @Test
    void aConfirmationRoutesAMessageOfClientAcknowledgeDeliveredOnce() {
        isRoutedOnceItIsConfirmed(CLIENT);
    }

    @Test
    void failSpendsAllDeliveriesOfClientAcknowledge() {
        isDeadAfterTenDeliveries(CLIENT);
    }

    @Test
    void offRoutesAMessageOfClientAcknowledgeWithoutAuthority() {
        isRoutedWithoutAuthority(CLIENT);
    }

    @Test
    void aLossLosesAMessageOfAutoAcknowledge() {
        loseWhileItWaits(AUTO);
        isLost();
        route.gainAgain();
        send("third");
        route.untilRouted("first", "third");
    }

    private void isLost() {
        assertThat(route.rejected).hasSize(1);
        assertThat(messages(queue)).isZero();
        assertThat(messages(DEAD)).isEqualTo(dead);
    }

    @Test
    void aConfirmationRoutesAMessageOfAutoAcknowledge() {
        isRoutedOnceItIsConfirmed(AUTO);
    }

    @Test
    void failLosesAMessageOfAutoAcknowledge() {
        lead(AUTO, "fail");

        until(() -> !route.rejected.isEmpty());
        route.confirm();

        send("third");
        route.untilRouted("first", "third");
        isLost();
    }

    @Test
    void offRoutesAMessageOfAutoAcknowledgeWithoutAuthority() {
        isRoutedWithoutAuthority(AUTO);
    }
}
