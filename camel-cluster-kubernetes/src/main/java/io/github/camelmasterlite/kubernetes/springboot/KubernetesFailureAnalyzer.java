package io.github.camelmasterlite.kubernetes.springboot;

import io.github.camelmasterlite.kubernetes.KubernetesClusterService;
import io.github.camelmasterlite.springboot.OptionFailureAnalyzer;
import org.springframework.core.env.Environment;

/** Names the keys of what {@link KubernetesClusterService} complains of when it is started. */
final class KubernetesFailureAnalyzer extends OptionFailureAnalyzer {

    KubernetesFailureAnalyzer(Environment environment) {
        super(KubernetesKeys.in(environment), KubernetesClusterService.class);
    }
}
