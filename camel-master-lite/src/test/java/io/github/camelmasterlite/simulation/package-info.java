/**
 * A whole cluster in one thread and virtual time: the real rules, the real loop and the real queue of calls over a store whose network, clocks and users misbehave by a
 * seeded plan. Part of the test-jar, so that the rules can be simulated elsewhere, too. It brings its own store: real ones are tested by {@code LeaseStoreContract}.
 */
@NullMarked
package io.github.camelmasterlite.simulation;

import org.jspecify.annotations.NullMarked;
