/**
 * The rules: who leads one lock, as seen by one member. Everything here is pure: an event and the present moment go in, effects come out.
 * There is no thread, no clock, no I/O and no Camel in this package, so that every order of failures can be tested and replayed.
 */
@Internal
@NullMarked
package io.github.camelmasterlite.election;

import io.github.camelmasterlite.Internal;
import org.jspecify.annotations.NullMarked;
