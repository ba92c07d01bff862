package io.github.camelmasterlite;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Dependencies point one way: observe -> master -> cluster -> engine -> election. */
@AnalyzeClasses(packages = "io.github.camelmasterlite", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String ROOT = "io.github.camelmasterlite";

    @ArchTest
    static final ArchRule theRulesArePure = classes()
            .that()
            .resideInAPackage(ROOT + ".election..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(ROOT, ROOT + ".election..", "java..", "org.jspecify.annotations..")
            .because("an event and a moment go in, effects come out: no clock, thread, I/O or Camel");

    @ArchTest
    static final ArchRule theRulesReadNoClockAndStartNoThread = noClasses()
            .that()
            .resideInAPackage(ROOT + ".election..")
            .and()
            .doNotHaveSimpleName("LeaseStore") // the port behind which stores are: its answers come later
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(Thread.class, System.class, java.time.Clock.class)
            .orShould()
            .dependOnClassesThat()
            .resideInAnyPackage("java.util.concurrent..", "java.io..", "java.nio..", "java.net..");

    @ArchTest
    static final ArchRule theEngineKnowsNoCamel = noClasses()
            .that()
            .resideInAPackage(ROOT + ".engine..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.camel..");

    @ArchTest
    static final ArchRule dependenciesPointOneWay = layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage(ROOT + "..")
            .layer("election")
            .definedBy(ROOT + ".election..")
            .layer("engine")
            .definedBy(ROOT + ".engine..")
            .layer("cluster")
            .definedBy(ROOT + ".cluster..")
            .layer("master")
            .definedBy(ROOT + ".master..")
            .layer("observe")
            .definedBy(ROOT + ".observe..")
            .layer("springboot")
            .definedBy(ROOT + ".springboot..")
            .whereLayer("springboot")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("observe")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("master")
            .mayOnlyBeAccessedByLayers("observe", "springboot")
            .whereLayer("cluster")
            .mayOnlyBeAccessedByLayers("master", "observe", "springboot")
            .whereLayer("engine")
            .mayOnlyBeAccessedByLayers("cluster")
            .whereLayer("election")
            .mayOnlyBeAccessedByLayers("engine", "cluster", "master", "observe");

    @ArchTest
    static final ArchRule masterUsesOnlyThePublicInterfaceOfCluster = noClasses()
            .that()
            .resideInAPackage(ROOT + ".master..")
            .should()
            .dependOnClassesThat(resideInAPackage(ROOT + ".cluster..").and(notPublic()))
            .orShould()
            .dependOnClassesThat(resideInAnyPackage(ROOT + ".engine.."))
            .orShould()
            .dependOnClassesThat()
            .haveSimpleName("ElectionClusterService");

    @ArchTest
    static final ArchRule observersUseOnlyThePublicInterfaceOfTheRest = noClasses()
            .that()
            .resideInAPackage(ROOT + ".observe..")
            .should()
            .dependOnClassesThat(
                    resideInAnyPackage(ROOT + ".cluster..", ROOT + ".master..").and(notPublic()));

    @ArchTest
    static final ArchRule onlyAutoConfigurationKnowsSpring = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + ".springboot..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.springframework..");

    @ArchTest
    static final ArchRule onlyMetricsKnowMicrometer = noClasses()
            .that()
            .haveNameNotMatching(".*\\.observe\\.(LeadershipMetrics|Metrics[A-Za-z]*)(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.micrometer..");

    private static DescribedPredicate<JavaClass> notPublic() {
        return DescribedPredicate.describe(
                "are not public", javaClass -> !javaClass.getModifiers().contains(JavaModifier.PUBLIC));
    }

    @ArchTest
    static final ArchRule noBackEndIsKnownHere = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.fabric8..", ROOT + ".file..", ROOT + ".kubernetes..");
}
