package io.github.camelmasterlite.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.camelmasterlite.engine.Backend;
import io.github.camelmasterlite.engine.Threads;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.camel.ExtendedCamelContext;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.cluster.CamelClusterView;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.FactoryFinder;
import org.apache.camel.support.cluster.AbstractCamelClusterService;
import org.apache.camel.support.cluster.AbstractCamelClusterView;
import org.apache.camel.support.cluster.ClusterServiceSelectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterServicesTest {

    private static final CamelClusterService.Selector SINGLE = ClusterServiceSelectors.DEFAULT_SELECTOR;

    private final DefaultCamelContext context = new DefaultCamelContext();
    private final Map<String, Class<?>> types = new HashMap<>();
    private final Map<String, String> environment = new HashMap<>();
    private final Properties properties = new Properties();

    @AfterEach
    void stop() {
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("camel.cluster."))
                .forEach(System::clearProperty);
        context.stop();
    }

    /** Makes {@code cluster-service-<type>} resolve to a class, as the jar of that type would. */
    private void type(String type, Class<?> service) {
        types.put("cluster-service-" + type, service);
    }

    private CamelClusterService find() throws Exception {
        return find(null, SINGLE);
    }

    private CamelClusterService find(@Nullable CamelClusterService explicit, CamelClusterService.Selector selector)
            throws Exception {
        if (!context.isStarted()) {
            ExtendedCamelContext extended = context.getCamelContextExtension();
            extended.setDefaultFactoryFinder(new Finder(extended.getDefaultFactoryFinder()));
            context.getPropertiesComponent().setInitialProperties(properties);
            context.start();
        }
        return new ClusterServices(context, environment).find(explicit, selector);
    }

    private SpyService spy() throws Exception {
        return (SpyService) find();
    }

    // ---- which one

    @Test
    void theExplicitServiceWinsAndIsStarted() throws Exception {
        SpyService explicit = new SpyService();
        context.addService(new SpyService(), true, true);
        context.getRegistry().bind("bean", new SpyService());

        assertThat(find(explicit, SINGLE)).isSameAs(explicit);

        assertThat(explicit.isStarted()).isTrue();
        assertThat(explicit.getCamelContext()).isSameAs(context);
        assertThat(context.hasService(explicit)).isTrue();
    }

    @Test
    void anExplicitServiceThatSomebodyElseStartedIsNotStoppedWithTheContext() throws Exception {
        SpyService explicit = new SpyService();
        explicit.setCamelContext(context);
        explicit.start();

        find(explicit, SINGLE);

        context.stop();
        assertThat(explicit.isStarted()).isTrue();
    }

    @Test
    void aServiceOfTheContextWinsOverBeansAndKeys() throws Exception {
        SpyService service = new SpyService();
        context.addService(service, true, true);
        context.getRegistry().bind("bean", new OtherService());
        properties.put("camel.cluster.spy.root", "/x");
        type("spy", SpyService.class);

        assertThat(find()).isSameAs(service);
    }

    @Test
    void aBeanThatIsNoServiceYetBecomesOne() throws Exception {
        SpyService bean = new SpyService();
        context.getRegistry().bind("bean", bean);

        assertThat(find()).isSameAs(bean);

        assertThat(bean.isStarted()).isTrue();
        assertThat(context.hasServices(CamelClusterService.class)).containsExactly(bean);
        context.stop();
        assertThat(bean.isStarted()).isFalse();
    }

    @Test
    void aBeanThatIsAServiceAlreadyIsOne() throws Exception {
        SpyService bean = new SpyService();
        context.getRegistry().bind("bean", bean);
        context.addService(bean, true, true);

        assertThat(find()).isSameAs(bean);
    }

    @Test
    void theSelectorMayReachBeyondTheServicesOfTheContext() throws Exception {
        context.addService(new SpyService(), true, true);
        OtherService bean = new OtherService();
        context.getRegistry().bind("bean", bean);

        assertThat(find(null, ClusterServiceSelectors.type(OtherService.class))).isSameAs(bean);
    }

    @Test
    void theSelectorSeesServicesInTheirOrder() throws Exception {
        for (int order : new int[] {3, 1, 2}) {
            SpyService service = new SpyService();
            service.setId("s" + order);
            service.setOrder(order);
            context.addService(service, true, true);
        }

        assertThat(find(null, ClusterServiceSelectors.first()).getId()).isEqualTo("s1");
    }

    // ---- none, or too many

    @Test
    void withoutAnyTheErrorSaysWhatWasLookedForAndWhatToDo() {
        assertThatThrownBy(this::find)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("No cluster service found for master: routes.")
                .hasMessageContainingAll(
                        "option service of the component",
                        "services of the context",
                        "beans of type org.apache.camel.cluster.CamelClusterService in the registry",
                        "camel.cluster.<type>.<option>",
                        "CAMEL_CLUSTER_<TYPE>_<OPTION>",
                        "context.addService(");
    }

    @Test
    void twoWithoutASelectorThatDecidesAreListed() throws Exception {
        SpyService first = new SpyService();
        first.setId("one");
        OtherService second = new OtherService();
        second.setId("two");
        context.addService(first, true, true);
        context.addService(second, true, true);

        assertThatThrownBy(this::find)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll(
                        "SelectSingle selected none of 2 cluster service(s)",
                        SpyService.class.getName() + " (id one",
                        OtherService.class.getName() + " (id two",
                        "serviceSelector",
                        "option service");
    }

    @Test
    void twoInTheContextAreNotOvertakenByABean() throws Exception {
        context.addService(new SpyService(), true, true);
        context.addService(new SpyService(), true, true);
        context.getRegistry().bind("bean", new OtherService());

        assertThatThrownBy(this::find).hasMessageContaining("selected none of 3 cluster service(s)");
    }

    @Test
    void aSelectorThatFindsNothingIsNamed() throws Exception {
        context.addService(new SpyService(), true, true);

        assertThatThrownBy(() -> find(null, services -> Optional.empty())).hasMessageContaining("selected none of 1");
    }

    // ---- keys

    @Test
    void keysMakeAServiceAndStartIt() throws Exception {
        type("spy", SpyService.class);
        properties.put("camel.cluster.spy.root", "/locks");
        properties.put("camel.cluster.spy.lease-duration-millis", "1500");
        properties.put("camel.cluster.spy.jitterFactor", "1.5");

        SpyService service = spy();

        assertThat(service.root).isEqualTo("/locks");
        assertThat(service.leaseDurationMillis).isEqualTo(1500);
        assertThat(service.jitterFactor).isEqualTo(1.5);
        assertThat(service.isStarted()).isTrue();
        assertThat(context.hasService(service)).isTrue();
    }

    @Test
    void enabledAloneMakesAServiceWithItsDefaults() throws Exception {
        type("spy", SpyService.class);
        properties.put("camel.cluster.spy.enabled", "true");

        assertThat(find()).isInstanceOf(SpyService.class);
    }

    @Test
    void placeholdersAreResolved() throws Exception {
        type("spy", SpyService.class);
        properties.put("base", "/data");
        properties.put("on", "true");
        properties.put("camel.cluster.spy.enabled", "{{on}}");
        properties.put("camel.cluster.spy.root", "{{base}}/locks");

        assertThat(spy().root).isEqualTo("/data/locks");
    }

    @Test
    void aTypeThatIsNotEnabledIsNotMade() {
        type("spy", SpyService.class);
        properties.put("camel.cluster.spy.root", "/locks");
        properties.put("camel.cluster.spy.enabled", "{{off}}");
        properties.put("off", "false");

        assertThatThrownBy(this::find).hasMessageStartingWith("No cluster service found");
    }

    @Test
    void enabledIsTrueOrFalse() {
        type("spy", SpyService.class);
        properties.put("camel.cluster.spy.enabled", "ja");

        assertThatThrownBy(this::find)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("camel.cluster.spy.enabled must be true or false");
    }

    @Test
    void oneOfTwoTypesMayBeDisabled() throws Exception {
        type("spy", SpyService.class);
        type("other", OtherService.class);
        properties.put("camel.cluster.spy.enabled", "false");
        properties.put("camel.cluster.other.enabled", "true");

        assertThat(find()).isInstanceOf(OtherService.class);
    }

    @Test
    void mapsBindWithBracketsAndDots() throws Exception {
        type("spy", SpyService.class);
        properties.put("camel.cluster.spy.cluster-labels[app.kubernetes.io/my-name]", "one");
        properties.put("camel.cluster.spy.cluster-labels.my-group", "two");
        properties.put("camel.cluster.spy.clusterLabels[App]", "three");
        properties.put("camel.cluster.spy.clusterLabels[app]", "four");

        assertThat(spy().clusterLabels)
                .containsEntry("app.kubernetes.io/my-name", "one")
                .containsEntry("my-group", "two")
                .containsEntry("App", "three")
                .containsEntry("app", "four");
    }

    @Test
    void attributesBindToo() throws Exception {
        type("manual", AnonymousManualService.class);
        properties.put("camel.cluster.manual.attributes[k.x]", "v");
        properties.put("camel.cluster.manual.attributes.y", "w");

        assertThat(find().getAttributes()).containsEntry("k.x", "v").containsEntry("y", "w");
    }

    @Test
    void systemPropertiesWinOverTheEnvironmentAndThatOverProperties() throws Exception {
        type("spy", SpyService.class);
        properties.put("camel.cluster.spy.root", "/properties");
        properties.put("camel.cluster.spy.lease-duration-millis", "1");
        properties.put("camel.cluster.spy.jitter-factor", "1");
        environment.put("CAMEL_CLUSTER_SPY_LEASE_DURATION_MILLIS", "2");
        environment.put("CAMEL_CLUSTER_SPY_JITTER_FACTOR", "2");
        System.setProperty("camel.cluster.spy.jitterFactor", "3");

        SpyService service = spy();

        assertThat(service.root).isEqualTo("/properties");
        assertThat(service.leaseDurationMillis).isEqualTo(2);
        assertThat(service.jitterFactor).isEqualTo(3);
    }

    @Test
    void theEnvironmentAloneIsEnough() throws Exception {
        type("spy", SpyService.class);
        environment.put("CAMEL_CLUSTER_SPY_ENABLED", "true");
        environment.put("CAMEL_CLUSTER_SPY_ROOT", "/env");
        environment.put("CAMEL_HOME", "/not/ours");

        assertThat(spy().root).isEqualTo("/env");
    }

    /** They are in every pod of a namespace that has a Service called camel-cluster-spy, or camel-cluster. */
    @Test
    void variablesThatKubernetesMakesForServicesAreNoKeys() throws Exception {
        type("spy", SpyService.class);
        properties.put("camel.cluster.spy.root", "/properties");
        environment.put("CAMEL_CLUSTER_SPY_SERVICE_HOST", "10.0.0.7");
        environment.put("CAMEL_CLUSTER_SPY_SERVICE_PORT_HTTP", "8080");
        environment.put("CAMEL_CLUSTER_SPY_PORT", "tcp://10.0.0.7:8080");
        environment.put("CAMEL_CLUSTER_SPY_PORT_8080_TCP_ADDR", "10.0.0.7");
        environment.put("CAMEL_CLUSTER_SERVICE_HOST", "10.0.0.8");
        environment.put("CAMEL_CLUSTER_PORT", "tcp://10.0.0.8:80");

        assertThat(spy().root).isEqualTo("/properties");
    }

    /** Camel makes 10,000 of it, which would be counted in the unit that another option names. */
    @Test
    void aTimeWithAUnitIsThatTimeWhateverTheUnitOfTheOption() throws Exception {
        type("spy", PacedService.class);
        properties.put("camel.cluster.spy.interval", "1m10s");

        PacedService service = (PacedService) spy();

        assertThat(service.intervalUnit.toSeconds(service.interval)).isEqualTo(70);
    }

    @Test
    void aTimeWithAUnitMayBeWhatAPlaceholderStandsFor() throws Exception {
        type("spy", PacedService.class);
        properties.put("camel.cluster.spy.interval", "{{pace}}");
        properties.put("pace", "1m10s");

        PacedService service = (PacedService) spy();

        assertThat(service.intervalUnit.toSeconds(service.interval)).isEqualTo(70);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10 s", "99999999999999999999s", "1s1m"})
    void aTimeThatCannotBeReadIsNamedByItsKeyAndItsValueIsNotShown(String value) {
        type("spy", PacedService.class);
        properties.put("camel.cluster.spy.interval", value);

        assertThatThrownBy(this::find)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "Cannot set camel.cluster.spy.interval (option interval of " + PacedService.class.getName()
                                + "): the value must be a whole number, of seconds unless intervalUnit says otherwise, or a time such as 30s")
                .hasNoCause();
    }

    @Test
    void aTimeWithAUnitAndAUnitBesideItAreRefused() {
        type("spy", PacedService.class);
        properties.put("camel.cluster.spy.interval", "10s");
        properties.put("camel.cluster.spy.interval-unit", "MINUTES");

        assertThatThrownBy(this::find)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "Cannot set camel.cluster.spy.interval: it has a unit, and camel.cluster.spy.interval-unit names one, too; write a"
                                + " whole number, or leave the other key out");
    }

    @Test
    void whatIsNoTimeIsNotTakenForMilliseconds() {
        type("spy", PacedService.class);
        properties.put("camel.cluster.spy.times", "5s");

        assertThatThrownBy(this::find).hasMessageEndingWith("the value must be a whole number");
    }

    @Test
    void theLongestTypeInAVariableIsTaken() throws Exception {
        type("spy", OtherService.class);
        type("spy-lock", SpyService.class);
        environment.put("CAMEL_CLUSTER_SPY_LOCK_ROOT", "/env");

        assertThat(spy().root).isEqualTo("/env");
    }

    @Test
    void aKeyThatCannotBeSetIsNamedAndItsValueIsNotShown() {
        type("spy", SpyService.class);
        properties.put("camel.cluster.spy.lease-duration-millis", "sec_ret");

        assertThatThrownBy(this::find)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Cannot set camel.cluster.spy.lease-duration-millis (option leaseDurationMillis of "
                        + SpyService.class.getName()
                        + "): the value must be a whole number of milliseconds, or a time such as 30s")
                .hasNoCause();
    }

    @Test
    void anUnknownOptionIsNamedWithTheOneThatWasMeantAndItsValueIsNotShown() {
        type("spy", SpyService.class);
        environment.put("CAMEL_CLUSTER_SPY_ROOOT", "sec_ret");

        assertThatThrownBy(this::find)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("Cannot set CAMEL_CLUSTER_SPY_ROOOT (option rooot of ")
                .hasMessageContaining("there is no such option (did you mean root?)")
                .hasMessageContainingAll("jitterFactor", "leaseDurationMillis", "root")
                .hasMessageNotContaining("camelContext")
                .hasNoCause();
    }

    @Test
    void aWordIsNotTakenForTheNumberZero() {
        type("manual", AnonymousManualService.class);
        properties.put("camel.cluster.manual.order", "first");

        assertThatThrownBy(this::find)
                .hasMessageStartingWith("Cannot set camel.cluster.manual.order ")
                .hasMessageContaining("must be a whole number");
    }

    @Test
    void anOptionThatIsLikeNoneIsNamedWithAllThereAre() {
        type("spy", SpyService.class);
        properties.put("camel.cluster.spy.somewhere.else", "/x");

        assertThatThrownBy(this::find)
                .hasMessageStartingWith("Cannot set camel.cluster.spy.somewhere.else ")
                .hasMessageContaining("there is no such option; there are attributes, ");
    }

    @Test
    void aTypeIsOneHoweverItIsWritten() throws Exception {
        type("spy-lock", SpyService.class);
        type("spyLock", SpyService.class);
        type("spylock", SpyService.class);
        properties.put("camel.cluster.spy-lock.root", "/x");
        properties.put("camel.cluster.spyLock.jitter-factor", "2");
        environment.put("CAMEL_CLUSTER_SPYLOCK_LEASE_DURATION_MILLIS", "7");

        SpyService service = spy();

        assertThat(service.root).isEqualTo("/x");
        assertThat(service.jitterFactor).isEqualTo(2);
        assertThat(service.leaseDurationMillis).isEqualTo(7);
    }

    @Test
    void aTypeThatIsSwitchedOffIsNamedWhenNothingElseIsFound() {
        type("spy", SpyService.class);
        properties.put("camel.cluster.spy.root", "/x");
        properties.put("camel.cluster.spy.enabled", "false");

        assertThatThrownBy(this::find)
                .hasMessageStartingWith("No cluster service found")
                .hasMessageContaining("camel.cluster.spy.enabled is false");
    }

    @Test
    void aPlaceholderThatCannotBeResolvedNamesItsKey() {
        type("spy", SpyService.class);
        properties.put("camel.cluster.spy.root", "{{missing}}");

        assertThatThrownBy(this::find)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("Cannot resolve the value of camel.cluster.spy.root");
    }

    @Test
    void anUnknownTypeIsNamedWhenNothingElseIsFound() {
        properties.put("camel.cluster.kubernets.enabled", "true");

        assertThatThrownBy(this::find)
                .hasMessageContaining("camel.cluster.kubernets.* ask for a type that is not on the class path")
                .hasMessageContaining("cluster-service-kubernets")
                .hasMessageContaining("the type file-lock")
                .hasMessageContaining("the type kubernetes");
    }

    @Test
    void anUnknownTypeDoesNotPreventAKnownOne() throws Exception {
        type("spy", SpyService.class);
        properties.put("camel.cluster.kubernets.enabled", "true");
        properties.put("camel.cluster.spy.enabled", "true");

        assertThat(find()).isInstanceOf(SpyService.class);
    }

    @Test
    void aTypeIsNotMadeAgainWhenAServiceOfItExists() {
        type("spy", SpyService.class);
        properties.put("camel.cluster.spy.root", "/x");
        context.getRegistry().bind("one", new SpyService());
        context.getRegistry().bind("two", new SpyService());

        assertThatThrownBy(this::find).hasMessageContaining("selected none of 2 cluster service(s)");
    }

    @Test
    void afterARestartOfTheContextItIsFoundAnew() throws Exception {
        SpyService bean = new SpyService();
        context.getRegistry().bind("bean", bean);
        find();
        context.stop();
        assertThat(bean.isStarted()).isFalse();
        context.getRegistry().bind("bean", bean); // which a context forgets, too, when it stops
        context.start();

        assertThat(new ClusterServices(context, environment).find(null, SINGLE)).isSameAs(bean);
        assertThat(bean.isStarted()).isTrue();
    }

    /** Camel's way to find classes, and the types of the test. */
    private final class Finder implements FactoryFinder {

        private final FactoryFinder real;

        Finder(FactoryFinder real) {
            this.real = real;
        }

        @Override
        public Optional<Class<?>> findOptionalClass(String key) {
            Class<?> type = types.get(key);
            return type == null ? real.findOptionalClass(key) : Optional.of(type);
        }

        @Override
        public Optional<Class<?>> findClass(String key) {
            Class<?> type = types.get(key);
            return type == null ? real.findClass(key) : Optional.of(type);
        }

        @Override
        public String getResourcePath() {
            return real.getResourcePath();
        }

        @Override
        public Optional<Object> newInstance(String key) {
            return real.newInstance(key);
        }

        @Override
        public <T> Optional<T> newInstance(String key, Class<T> type) {
            return real.newInstance(key, type);
        }

        @Override
        public void clear() {
            real.clear();
        }
    }

    /** A service with options of all kinds. */
    public static class SpyService extends AbstractCamelClusterService<AbstractCamelClusterView> {

        @Nullable
        String root;

        long leaseDurationMillis;
        double jitterFactor;
        Map<String, String> clusterLabels = new LinkedHashMap<>();

        public @Nullable String getRoot() {
            return root;
        }

        public void setRoot(String root) {
            this.root = root;
        }

        public long getLeaseDurationMillis() {
            return leaseDurationMillis;
        }

        public void setLeaseDurationMillis(long leaseDurationMillis) {
            this.leaseDurationMillis = leaseDurationMillis;
        }

        public double getJitterFactor() {
            return jitterFactor;
        }

        public void setJitterFactor(double jitterFactor) {
            this.jitterFactor = jitterFactor;
        }

        public Map<String, String> getClusterLabels() {
            return clusterLabels;
        }

        public void setClusterLabels(Map<String, String> clusterLabels) {
            this.clusterLabels = clusterLabels;
        }

        @Override
        protected AbstractCamelClusterView createView(String namespace) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void releaseView(CamelClusterView view) {}
    }

    public static final class OtherService extends SpyService {}

    /** With an option that counts in the unit of another. */
    public static final class PacedService extends SpyService {
        long interval = 1;
        TimeUnit intervalUnit = TimeUnit.MINUTES;
        int times;

        public void setInterval(long interval) {
            this.interval = interval;
        }

        public void setIntervalUnit(TimeUnit intervalUnit) {
            this.intervalUnit = intervalUnit;
        }

        public void setTimes(int times) {
            this.times = times;
        }
    }

    /** A service of this project with the constructor that is needed. */
    public static final class AnonymousManualService extends ElectionClusterService {
        @Override
        protected Backend<?, ?> createBackend(Threads threads) throws Exception {
            return new ManualClusterService("any").createBackend(threads);
        }
    }
}
