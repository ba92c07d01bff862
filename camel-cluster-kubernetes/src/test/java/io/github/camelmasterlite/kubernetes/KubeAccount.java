package io.github.camelmasterlite.kubernetes;

import io.fabric8.kubernetes.api.model.authorization.v1.ResourceAttributes;
import io.fabric8.kubernetes.api.model.authorization.v1.ResourceAttributesBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;

/** A service account, and the role that says what it may do. Used by one thread at a time. */
final class KubeAccount {

    private final KubernetesClient admin;
    private final String name;
    private final KubeAccess access;
    private Set<ResourceAttributes> allowed = Set.of();

    KubeAccount(KubernetesClient admin, String name, KubeAccess access) {
        this.admin = admin;
        this.name = name;
        this.access = access;
    }

    /** A rule for all objects of a kind. */
    static PolicyRule rule(String group, String resource, String... verbs) {
        return new PolicyRuleBuilder()
                .withApiGroups(group)
                .withResources(resource)
                .withVerbs(verbs)
                .build();
    }

    /** Access with the token of this account, an hour long. */
    KubeAccess access() {
        return access;
    }

    /** Replaces the rules, and returns when the server acts on the new ones, which it learns a moment later. */
    void allowOnly(PolicyRule... rules) {
        admin.rbac()
                .roles()
                .resource(new RoleBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(access.namespace())
                        .endMetadata()
                        .withRules(rules)
                        .build())
                .createOr(NonDeletingOperation::update);
        Set<ResourceAttributes> now = permissions(List.of(rules));
        Set<ResourceAttributes> withdrawn = new HashSet<>(allowed);
        withdrawn.removeAll(now);
        try (KubernetesClient self = access.connect()) {
            Awaitility.await("rules of " + name + " in force")
                    .atMost(Duration.ofSeconds(10))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> now.stream().allMatch(permission -> isAllowed(self, permission))
                            && withdrawn.stream().noneMatch(permission -> isAllowed(self, permission)));
        }
        allowed = now;
    }

    private Set<ResourceAttributes> permissions(List<PolicyRule> rules) {
        Set<ResourceAttributes> permissions = new HashSet<>();
        for (PolicyRule rule : rules) {
            List<String> names = rule.getResourceNames().isEmpty() ? List.of("") : rule.getResourceNames();
            for (String group : rule.getApiGroups()) {
                for (String resource : rule.getResources()) {
                    for (String object : names) {
                        for (String verb : rule.getVerbs()) {
                            String[] parts = resource.split("/", 2);
                            permissions.add(new ResourceAttributesBuilder()
                                    .withNamespace(access.namespace())
                                    .withGroup(group)
                                    .withResource(parts[0])
                                    .withSubresource(parts.length > 1 ? parts[1] : "")
                                    .withName(object)
                                    .withVerb(verb)
                                    .build());
                        }
                    }
                }
            }
        }
        return permissions;
    }

    private static boolean isAllowed(KubernetesClient self, ResourceAttributes permission) {
        return self.authorization()
                .v1()
                .selfSubjectAccessReview()
                .create(new SelfSubjectAccessReviewBuilder()
                        .withNewSpec()
                        .withResourceAttributes(permission)
                        .endSpec()
                        .build())
                .getStatus()
                .getAllowed();
    }
}
