package io.github.camelmasterlite.examples.benchmark;

import io.fabric8.kubernetes.client.Config;
import io.github.camelmasterlite.kubernetes.KubeServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures take-overs by leases of a Kubernetes API server. */
@Command(
        name = "kubernetes",
        description =
                "Measures take-overs by leases of a Kubernetes API server. Everything at its default takes about half an hour; a look: "
                        + "--rounds 5 --only graceful --clients vertx")
final class KubernetesBenchmark extends Program {
    /** A part of the benchmark. */
    enum Part {
        graceful,
        kill,
        freeze,
        load,
        scale
    }

    private static final List<String> SHORT =
            List.of("leaseDurationMillis=2000", "renewDeadlineMillis=1000", "retryPeriodMillis=200");

    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description =
                    "The API server; its user may do everything with leases and read /metrics (an API server and its etcd that "
                            + "this program starts on this machine and ends)")
    private @Nullable Path kubeconfig;

    @Option(
            names = "--namespace",
            paramLabel = "NAME",
            description = "The namespace of the leases (that of the kubeconfig, or default)")
    private @Nullable String namespace;

    @Option(
            names = "--clients",
            paramLabel = "CLIENT",
            split = ",",
            defaultValue = "vertx,jdk",
            description =
                    "HTTP clients of ${COMPLETION-CANDIDATES} to compare by graceful and scale; the others use the first "
                            + "(${DEFAULT-VALUE})")
    private List<ClassPath.Client> clients = new ArrayList<>();

    @Option(
            names = "--long-rounds",
            paramLabel = "N",
            defaultValue = "3",
            description = "How often a crash with a lease of 15 s is measured, 1 to 100 (${DEFAULT-VALUE})")
    private int longRounds;

    @Option(
            names = "--load-seconds",
            paramLabel = "S",
            defaultValue = "60",
            description = "How long requests are counted, 1 to 600 (${DEFAULT-VALUE})")
    private int loadSeconds;

    @Option(
            names = "--only",
            paramLabel = "PART",
            split = ",",
            description = "Only these parts of ${COMPLETION-CANDIDATES} (all)")
    private Set<Part> only = EnumSet.allOf(Part.class);

    /** How many measurements there were so far: each has leases of its own. */
    private int measurements;

    /** The API server and its user. */
    private record Access(String kubeconfig, String namespace) {}

    @Override
    void measure(Children children, Results results, Path outDirectory)
            throws BenchmarkException, IOException, InterruptedException {
        checkRange("--long-rounds", longRounds, 1, 100);
        checkRange("--load-seconds", loadSeconds, 1, 600);
        Path given = kubeconfig;
        if (given != null) {
            Config config = Config.fromKubeconfig(given.toFile());
            measure(children, results, access(given, config.getNamespace()), config.getMasterUrl(), new Pods(null));
            return;
        }
        try (KubeServer server = KubeServer.start(Files.createDirectories(outDirectory.resolve("api-server")))) {
            Path written = server.access().writeKubeconfig(outDirectory.resolve("kubeconfig"));
            Access access = access(written, null);
            try (LeaseApi api = new LeaseApi(access.kubeconfig, access.namespace)) {
                measure(children, results, access, "its own API server on the same machine", new Pods(api));
            }
        }
    }

    private Access access(Path file, @Nullable String configured) {
        String in = namespace == null ? configured : namespace;
        return new Access(file.toAbsolutePath().toString(), in == null ? "default" : in);
    }

    private void measure(Children children, Results results, Access access, String server, Pods pods)
            throws BenchmarkException, IOException, InterruptedException {
        tell(environment(server));
        if (only.contains(Part.graceful)) {
            title("Graceful hand-over");
            List<String> table = new ArrayList<>(Results.head());
            for (ClassPath.Client client : clients) {
                String classPath = ClassPath.with(client).text();
                String by = ", " + client;
                Setup setup = setup(children, access, classPath, List.of(), pods);
                table.addAll(
                        new LeaseFloor(setup, results, classPath, access.kubeconfig, access.namespace, by).measure());
                table.addAll(new HandOvers(setup, results, false, by).measure());
                if (pods.api != null) {
                    Setup strangers = setup(children, access, classPath, List.of(), new Pods(null));
                    table.addAll(new HandOvers(strangers, results, false, by + ", without clusterLabels").measure());
                }
            }
            tell(table);
        }
        String classPath = ClassPath.with(clients.get(0)).text();
        try (LeaseApi api = new LeaseApi(access.kubeconfig, access.namespace)) {
            LeaseLosses.Times brief = new LeaseLosses.Times(Duration.ofSeconds(2), SHORT, rounds);
            LeaseLosses.Times usual = new LeaseLosses.Times(Duration.ofSeconds(15), List.of(), longRounds);
            if (only.contains(Part.kill)) {
                title("Crash");
                List<String> table = new ArrayList<>(Results.head());
                for (LeaseLosses.Times times : List.of(brief, usual)) {
                    Setup setup = setup(children, access, classPath, times.options(), pods);
                    Cluster cluster = setup.cluster("kill", 1);
                    table.addAll(new LeaseLosses(setup, results, api).kills(cluster, name("kill", 1), times));
                }
                tell(table);
            }
            if (only.contains(Part.freeze)) {
                title("Leader stopped (SIGSTOP) and woken up (SIGCONT)");
                for (LeaseLosses.Times times : List.of(brief, usual)) {
                    Setup setup = setup(children, access, classPath, times.options(), pods);
                    Cluster cluster = setup.cluster("freeze", 1, BenchMember.TICK);
                    List<String> table = new ArrayList<>(Results.head());
                    table.addAll(new LeaseLosses(setup, results, api).freezes(cluster, name("freeze", 1), times));
                    tell(table);
                    tell(List.of(""));
                }
            }
            if (only.contains(Part.load)) {
                title("Requests in %d s, %d members, 20 locks, default times".formatted(loadSeconds, members));
                tell(new ApiLoad(setup(children, access, classPath, List.of(), pods), api).measure());
            }
        }
        if (only.contains(Part.scale)) {
            title("Many locks");
            for (ClassPath.Client client : clients) {
                ClassPath jars = ClassPath.with(client);
                tell(new LeaseScale(setup(children, access, jars.text(), List.of(), pods), results, ", " + client)
                        .measure());
                tell(List.of("", "Jars of a member with %s: %s.".formatted(client, jars.weight()), ""));
            }
        }
    }

    private Setup setup(Children children, Access access, String classPath, List<String> options, Pods pods) {
        return setup(
                children, new Leases(access, classPath, options, pods), List.of(1), Duration.ofSeconds(loadSeconds));
    }

    /** The pods of members, from whose names they know each other; there are none where the API server is not our own. */
    private record Pods(@Nullable LeaseApi api) {
        private static final Map<String, String> LABELS = Map.of("app", "benchmark");

        List<String> options() {
            return api == null ? List.of() : List.of("clusterLabels[app]=benchmark");
        }
    }

    private final class Leases implements Meeting {
        private final Access access;
        private final String classPath;
        private final List<String> options;
        private final Pods pods;

        Leases(Access access, String classPath, List<String> options, Pods pods) {
            this.access = access;
            this.classPath = classPath;
            this.options = options;
            this.pods = pods;
        }

        @Override
        public Launch at(String name, int locks) {
            measurements++;
            List<String> arguments = new ArrayList<>(List.of(
                    access.kubeconfig, "namespace=" + access.namespace, "kubernetesResourceName=" + name(name, locks)));
            arguments.addAll(options);
            arguments.addAll(pods.options());
            return new Launch(KubernetesBenchMember.class, classPath, arguments);
        }

        @Override
        public void joins(String member) {
            LeaseApi api = pods.api;
            if (api != null) {
                api.createPod(member, Pods.LABELS);
            }
        }

        @Override
        public void hasLeft(String member) {
            LeaseApi api = pods.api;
            if (api != null) {
                api.deletePod(member);
            }
        }
    }

    /** What the leases of the latest measurement begin with. */
    private String name(String name, int locks) {
        return "bench-" + name + "-" + locks + "-" + measurements;
    }
}
