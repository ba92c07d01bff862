package io.github.camelmasterlite.examples.benchmark;

/** What is measured of each side. */
enum PeerPart {
    /** All members start together where nobody led before. */
    cold,
    /** The leader gets SIGTERM. */
    graceful,
    /** The leader gets SIGKILL. */
    kill,
    /** The leader gets SIGSTOP. */
    freeze,
    /** One renewal of the leader is answered with HTTP 409. */
    conflict,
    /** Nothing happens: requests, processor time, threads, heap. */
    rest
}
