package io.github.camelmasterlite.file;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The file module builds on cluster, engine and election, and its rules are as pure as those of the core. */
@AnalyzeClasses(packages = "io.github.camelmasterlite.file", importOptions = ImportOption.DoNotIncludeTests.class)
class FileArchitectureTest {

    @ArchTest
    static final ArchRule itKnowsNeitherMasterNorKubernetes = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.github.camelmasterlite.master..", "io.github.camelmasterlite.kubernetes..", "io.fabric8..");

    @ArchTest
    static final ArchRule camelIsKnownOnlyToTheService = noClasses()
            .that()
            .doNotHaveSimpleName("FileLockClusterService")
            .and()
            // generated
            .doNotHaveSimpleName("FileLockClusterServiceConfigurer")
            .and()
            .resideOutsideOfPackage("io.github.camelmasterlite.file.springboot..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.camel..");

    @ArchTest
    static final ArchRule onlyAutoConfigurationKnowsSpring = noClasses()
            .that()
            .resideOutsideOfPackage("io.github.camelmasterlite.file.springboot..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.springframework..", "io.github.camelmasterlite.file.springboot..");

    @ArchTest
    static final ArchRule theRulesArePure = noClasses()
            .that()
            .haveSimpleNameStartingWith("LockElection")
            .or()
            .haveSimpleName("LockCommand")
            .or()
            .haveSimpleName("LockReply")
            .or()
            .haveSimpleName("LockTiming")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "java.io..", "java.nio..", "java.util.concurrent..", "io.github.camelmasterlite.engine..")
            .orShould()
            .dependOnClassesThat()
            .belongToAnyOf(Thread.class, System.class);

    @ArchTest
    static final ArchRule onlyTheServiceIsPublic = classes()
            .that()
            .areTopLevelClasses()
            .and()
            .doNotHaveSimpleName("FileLockClusterService")
            .and()
            // generated
            .doNotHaveSimpleName("FileLockClusterServiceConfigurer")
            .and()
            // bound by Spring, which does not look at what is not public
            .doNotHaveSimpleName("FileLockProperties")
            .should()
            .notBePublic();
}
