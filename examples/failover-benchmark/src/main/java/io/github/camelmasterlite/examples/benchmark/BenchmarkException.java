package io.github.camelmasterlite.examples.benchmark;

/** Something did not happen in its time, or happened that must not: there is no number to report. */
final class BenchmarkException extends Exception {
    private static final long serialVersionUID = 1;

    BenchmarkException(String message) {
        super(message);
    }
}
