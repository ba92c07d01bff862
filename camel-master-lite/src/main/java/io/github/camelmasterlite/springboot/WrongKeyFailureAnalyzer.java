package io.github.camelmasterlite.springboot;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Has an application that does not start say which key is wrong, in place of a stack trace. */
final class WrongKeyFailureAnalyzer extends AbstractFailureAnalyzer<WrongKeyException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, WrongKeyException cause) {
        return new FailureAnalysis(cause.description(), cause.action(), cause);
    }
}
