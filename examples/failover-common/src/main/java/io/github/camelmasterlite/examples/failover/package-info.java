/**
 * Members of a cluster as processes that are stopped and killed, and that take over from each other.
 *
 * <p>{@link io.github.camelmasterlite.examples.failover.Demo} starts them and tells the story;
 * {@link io.github.camelmasterlite.examples.failover.Member} is, but for the history it writes, what an application of your own would
 * look like. By what the leader is elected is left to the demonstrations that share this.
 */
@NullMarked
package io.github.camelmasterlite.examples.failover;

import org.jspecify.annotations.NullMarked;
