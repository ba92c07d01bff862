package io.github.camelmasterlite.election;

/** What a call to a store is for. */
public enum Operation {
    /** Find out how the record stands. */
    READ,
    /** Begin a tenure. */
    ACQUIRE,
    /** Go on with a tenure. */
    RENEW,
    /** Give a tenure up after its work has ended. */
    RELEASE
}
