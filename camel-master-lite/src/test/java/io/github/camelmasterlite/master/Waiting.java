package io.github.camelmasterlite.master;

/** Lets tests of other packages see what waits in a guard: what Camel calls pending is also what a consumer is about to deliver. */
public final class Waiting {

    private Waiting() {}

    /** How many exchanges of {@code consumer} wait for a verdict. */
    public static int in(MasterConsumer consumer) {
        return consumer.waiting();
    }
}
