package io.github.camelmasterlite.election;

/** What {@link LeaseElection} asks of a store. */
public sealed interface LeaseCommand {

    /** What for. */
    Operation operation();

    /** Until when, in monotonic nanoseconds, the answer is of most use: what is needed earlier is sent first. */
    long neededByNanos();

    /** Read the record. */
    record Read(long neededByNanos) implements LeaseCommand {
        @Override
        public Operation operation() {
            return Operation.READ;
        }
    }

    /**
     * Replace exactly {@code expected} by {@code next}.
     *
     * @param expected what must still be there
     * @param next     what shall be there
     */
    record Write(Operation operation, StoredRecord expected, LeaseRecord next, long neededByNanos)
            implements LeaseCommand {}
}
