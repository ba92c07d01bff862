package io.github.camelmasterlite.master;

/** What happens to an exchange that the consumer behind {@code master:} delivers while this member has no authority. */
public enum MasterGuard {
    /**
     * It waits for the verdict: it goes on once the tenure is confirmed, and fails with {@link LeadershipLostException} once it is lost, or
     * after the time that work has to stop ({@code LeadershipView.stopBudget()}). The default.
     */
    WAIT,
    /** It fails with {@link LeadershipLostException} at once. */
    FAIL,
    /** It is routed: for consumers that cannot hand an exchange back. The fencing token still tells the former leader from the present one. */
    OFF
}
