package io.github.camelmasterlite.springboot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.camelmasterlite.cluster.LocalClusterService;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.cluster.RebalancingCamelClusterService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.StaticListableBeanFactory;

class ServicesOfContextTest {

    private final DefaultCamelContext context = new DefaultCamelContext();
    private final DefaultCamelContext other = new DefaultCamelContext();
    private final StaticListableBeanFactory beans = new StaticListableBeanFactory();
    private final ServicesOfContext services = new ServicesOfContext(beans);

    @AfterEach
    void stop() {
        services.destroy();
        context.stop();
        other.stop();
    }

    @Test
    void aServiceBehindOneThatRebalancesIsStartedByThatOneAlone() {
        LocalClusterService behind = new LocalClusterService("behind");
        RebalancingCamelClusterService front = new RebalancingCamelClusterService(behind, 1_000);
        beans.addBean("context", context);
        beans.addBean("behind", behind);
        beans.addBean("front", front);

        services.afterSingletonsInstantiated();

        assertThat(context.hasServices(CamelClusterService.class)).containsExactly(front);
        context.start();
        assertThat(behind.isStarted()).isTrue();
    }

    @Test
    void eachOfTwoContextsHasItsOwnServices() {
        LocalClusterService first = new LocalClusterService("first");
        first.setCamelContext(context);
        LocalClusterService second = new LocalClusterService("second");
        second.setCamelContext(other);
        beans.addBean("context", context);
        beans.addBean("other", other);
        beans.addBean("first", first);
        beans.addBean("second", second);

        services.afterSingletonsInstantiated();

        assertThat(context.hasServices(CamelClusterService.class)).containsExactly(first);
        assertThat(other.hasServices(CamelClusterService.class)).containsExactly(second);
    }

    @Test
    void aServiceThatIsOfNoContextIsOfOneOfThem() {
        LocalClusterService service = new LocalClusterService("any");
        beans.addBean("context", context);
        beans.addBean("other", other);
        beans.addBean("service", service);

        services.afterSingletonsInstantiated();

        assertThat(context.hasServices(CamelClusterService.class)).containsExactly(service);
        assertThat(other.hasServices(CamelClusterService.class)).isNullOrEmpty();
        assertThat(service.getCamelContext()).isSameAs(context);
    }

    @Test
    void aServiceThatFailsAfterItHasStartedIsStoppedToo() {
        LocalClusterService service = new LocalClusterService("any") {
            @Override
            public void start() {
                super.start();
                throw new IllegalStateException("too late");
            }
        };
        beans.addBean("context", context);
        beans.addBean("service", service);
        context.start();
        assertThatThrownBy(services::afterSingletonsInstantiated).hasRootCauseMessage("too late");
        assertThat(service.isStarted()).isTrue();

        services.destroy();

        assertThat(service.isStarted()).isFalse();
    }
}
