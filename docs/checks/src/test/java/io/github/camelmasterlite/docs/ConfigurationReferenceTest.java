package io.github.camelmasterlite.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.camelmasterlite.cluster.LeaseClusterService;
import io.github.camelmasterlite.cluster.LocalClusterService;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.file.FileLockClusterService;
import io.github.camelmasterlite.kubernetes.KubernetesClusterService;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The tables of docs/configuration.md are generated: {@code -Ddocs.write} writes them, without it they must be what it would write. */
class ConfigurationReferenceTest {

    private static final String PAGE = "docs/configuration.md";

    @Test
    void theTablesAreWhatTheCodeSays() throws IOException {
        Page page = Page.at(PAGE);
        String text = page.text();
        for (Map.Entry<String, String> table : tables().entrySet()) {
            String begin = "<!-- " + table.getKey() + " -->";
            text = text.replace(begin + page.section(table.getKey()), begin + "\n\n" + table.getValue() + "\n");
        }
        if (System.getProperty("docs.write") != null) {
            Files.writeString(page.path(), text);
        }
        assertThat(Files.readString(page.path()))
                .as(
                        "%s is not what the code says; write it anew:%n  mvn -B test -pl docs/checks -am -Dtest=ConfigurationReferenceTest -Ddocs.write=true%n",
                        PAGE)
                .isEqualTo(text);
    }

    private static Map<String, String> tables() throws IOException {
        LeaseStore none = (LeaseStore) Proxy.newProxyInstance(
                LeaseStore.class.getClassLoader(), new Class<?>[] {LeaseStore.class}, (proxy, method, arguments) -> {
                    throw new UnsupportedOperationException(method.toString());
                });
        Map<String, String> tables = new LinkedHashMap<>();
        tables.put("generated:master", Options.component());
        tables.put("generated:headers", Options.headers());
        tables.put("generated:file-lock", Options.service(new FileLockClusterService()));
        tables.put("generated:kubernetes", Options.service(new KubernetesClusterService()));
        tables.put("generated:lease", Options.service(new LeaseClusterService(none)));
        tables.put("generated:local", Options.service(new LocalClusterService()));
        return tables;
    }

    @Test
    void theTableForKubernetesNamesEveryOption() {
        List<String> named = new ArrayList<>();
        Matcher name = Pattern.compile("`(\\w+)`").matcher("");
        for (List<String> cells : Page.rows(Page.at("docs/kubernetes.md").text())) {
            name.reset(cells.get(0));
            while (name.find()) {
                named.add(name.group(1));
            }
        }
        assertThat(named).containsAll(Options.names(KubernetesClusterService.class));
    }
}
