package io.github.camelmasterlite.examples.benchmark;

/** Who is measured beside whom. */
enum PeerSide {
    /** This project. */
    OURS("this project"),
    /** Apache Camel's own cluster services. */
    CAMEL("Apache Camel"),
    /** The leader election of Kubernetes' own library, in Go. */
    CLIENT_GO("client-go");

    private final String label;

    PeerSide(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }

    /** Whether its members are Java programs with a Camel context. */
    boolean isCamel() {
        return this != CLIENT_GO;
    }
}
