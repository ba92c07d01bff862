package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Where members of one side meet; each cluster has a place of its own. */
abstract class PeerMeeting implements Meeting {
    private static int places;

    private final Launch member;
    private String lastPlace = "";

    /**
     * @param member what a member runs, with the arguments that are the same everywhere
     */
    PeerMeeting(Launch member) {
        this.member = member;
    }

    /** Makes a place and returns what a member has to know of it. */
    abstract List<String> arguments(String place) throws IOException;

    @Override
    public final Launch at(String name, int locks) throws IOException {
        places++;
        lastPlace = "bench-%s-%d-%d".formatted(name, locks, places);
        List<String> arguments = new ArrayList<>(arguments(lastPlace));
        arguments.addAll(member.arguments());
        return new Launch(member.main(), member.classPath(), arguments);
    }

    /** The place made last. */
    final String lastPlace() {
        return lastPlace;
    }

    /** Whether the end of a process is told to somebody on whom take-overs may depend. */
    boolean hasPods() {
        return false;
    }

    /** Clears the place made last; nobody is there any more. */
    void clear() throws IOException {}

    /** A directory for each cluster. */
    static final class InDirectory extends PeerMeeting {
        private final Path root;

        InDirectory(Launch member, Path root) {
            super(member);
            this.root = root;
        }

        @Override
        List<String> arguments(String place) throws IOException {
            return List.of(Files.createDirectories(root.resolve(place)).toString());
        }
    }

    /** An API server; leases whose names begin with the place. */
    static final class AtApiServer extends PeerMeeting {
        private static final Map<String, String> LABELS = Map.of("app", "benchmark");

        private final LeaseApi api;
        private final Path kubeconfig;

        /**
         * @param api        for the pods of members, and to clear up; not the way of members
         * @param kubeconfig the way of members
         */
        AtApiServer(Launch member, LeaseApi api, Path kubeconfig) {
            super(member);
            this.api = api;
            this.kubeconfig = kubeconfig;
        }

        @Override
        List<String> arguments(String place) {
            return List.of(
                    kubeconfig.toString(),
                    "kubernetesNamespace=default",
                    "kubernetesResourceName=" + place,
                    "clusterLabels[app]=benchmark");
        }

        @Override
        boolean hasPods() {
            return true;
        }

        @Override
        public void joins(String member) {
            api.createReadyPod(member, LABELS);
        }

        @Override
        public void hasLeft(String member) {
            api.deletePod(member);
        }

        @Override
        void clear() throws IOException {
            api.deleteAll();
        }
    }
}
