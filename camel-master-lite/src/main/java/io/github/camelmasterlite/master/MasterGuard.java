package io.github.camelmasterlite.master;

/**
 * What happens to an exchange that the consumer behind {@code master:} delivers while this member has no authority. An exchange that fails here
 * does so outside the error handler of the route and inside a unit of work; what the consumers of Camel make of that (roll back, move the file,
 * lose the message) is told and tested one by one in {@code docs/rejection.md}.
 */
public enum MasterGuard {
    /**
     * It waits for the verdict: it goes on once the tenure is confirmed, and fails with {@link LeadershipLostException} once it is lost, or
     * after the time that work has to stop ({@code LeadershipView.stopBudget()}). The default. A poller or a queue takes nothing further meanwhile.
     */
    WAIT,
    /** It fails with {@link LeadershipLostException} at once: a message that is redelivered at once may use up all its deliveries in a moment of doubt. */
    FAIL,
    /** It is routed: for consumers that cannot hand an exchange back. The fencing token still tells the former leader from the present one. */
    OFF
}
