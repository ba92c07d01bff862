package io.github.camelmasterlite.kubernetes;

/**
 * The resourceVersion of an object as a number: rises with every write to any object of its kind, and since Kubernetes 1.35 the documentation says that it may be compared.
 */
final class ObjectVersion {

    private ObjectVersion() {}

    /** Returns 0 for anything that is no number. */
    static long parse(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
