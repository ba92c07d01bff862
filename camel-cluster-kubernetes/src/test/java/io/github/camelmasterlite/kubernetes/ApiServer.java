package io.github.camelmasterlite.kubernetes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests a Kubernetes API server, the same for all of a JVM. A parameter of type {@link KubeServer} is that server, one
 * of type {@link KubeNamespace} a namespace that only this test has. A test may stop, kill or pause the server: it runs
 * again for the next one.
 *
 * <p>Where there is no API server to start, tests are skipped and tell why; they fail if the environment variable CI is set.
 */
final class ApiServer implements ExecutionCondition, BeforeAllCallback, AfterEachCallback, ParameterResolver {

    private static final Namespace STORE = Namespace.create(ApiServer.class);

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        Optional<String> missing = KubeBinaries.locate().missing();
        if (missing.isPresent() && !KubeServer.isRequired()) {
            return ConditionEvaluationResult.disabled(missing.get());
        }
        return ConditionEvaluationResult.enabled("an API server is there, or has to be");
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        server(context);
    }

    private static KubeServer server(ExtensionContext context) {
        // JUnit closes it when all tests have run.
        return context.getRoot()
                .getStore(STORE)
                .getOrComputeIfAbsent(KubeServer.class, key -> launch(), KubeServer.class);
    }

    private static KubeServer launch() {
        try {
            Path target = Files.createDirectories(Path.of("target", "kube-api-server"));
            return KubeServer.start(Files.createTempDirectory(target, "run-"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException, InterruptedException {
        server(context).start();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == KubeServer.class || type == KubeNamespace.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        KubeServer server = server(context);
        if (parameter.getParameter().getType() == KubeServer.class) {
            return server;
        }
        // By its id, as a store is also asked for what enclosing contexts have put there.
        return context.getStore(STORE)
                .getOrComputeIfAbsent(
                        context.getUniqueId(), id -> server.newNamespace(label(context)), KubeNamespace.class);
    }

    // the name of the test, as far as it fits: names of namespaces have at most 63 characters
    private static String label(ExtensionContext context) {
        String name = context.getTestMethod().map(method -> method.getName()).orElse("class");
        String letters = name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9-]", "");
        return ("t-" + letters).substring(0, Math.min(50, letters.length() + 2));
    }
}
