package io.github.camelmasterlite.examples.benchmark;

/** Names of what several programs measure: the same thing has the same name everywhere. */
final class Measures {
    static final String STOPPED = "SIGTERM: old consumer stopped -> next started";
    static final String TERMINATED = "SIGTERM sent -> next consumer started";
    static final String TERMINATED_LAST = "SIGTERM sent -> last next consumer started";
    static final String KILLED = "kill -9 sent -> next consumer started";
    static final String KILLED_LAST = "kill -9 sent -> last next consumer started";

    /** The floor of a lock that nobody ever held, by a process that has done it before. */
    static final String CREATED = "floor: a lease created (POST answered)";

    /** The floor of a hand-over by leases, by processes that have done it before. */
    static final String PUT_AND_WATCH = "floor: PUT, seen by another's watch, its PUT answered";

    /** The same by processes that do it for the first time, as members in their first hand-over. */
    static final String PUT_AND_WATCH_FIRST = "floor: the same, each process for the first time";

    private Measures() {}

    /** Who starts, for names of what is measured then. */
    static String starting(int members) {
        return members == 1 ? "one member" : members + " members starting together";
    }

    /** From the Camel context, which has started by then, to a lock's consumer. */
    static String sinceContext(int members) {
        return starting(members) + ": context started -> consumer started";
    }

    /** From the request to start, which is the same moment for members of all kinds: with the start of the Camel context, where there is one. */
    static String sinceAsked(int members) {
        return starting(members) + ": start asked for -> consumer started";
    }

    static String allSinceAsked(int members) {
        return starting(members) + ": start asked for -> all locks led";
    }
}
