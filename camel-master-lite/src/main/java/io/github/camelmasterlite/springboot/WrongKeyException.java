package io.github.camelmasterlite.springboot;

import org.jspecify.annotations.Nullable;

/** A key of an application that does not exist, or whose value cannot be used. */
public final class WrongKeyException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String action;

    /**
     * @param description what is wrong; names the key and where it was written
     * @param action      what mends it
     */
    public WrongKeyException(String description, String action, @Nullable Throwable cause) {
        super(description, cause);
        this.action = action;
    }

    String action() {
        return action;
    }

    @Override
    public String getMessage() {
        return super.getMessage() + ". " + action;
    }

    String description() {
        return String.valueOf(super.getMessage());
    }
}
