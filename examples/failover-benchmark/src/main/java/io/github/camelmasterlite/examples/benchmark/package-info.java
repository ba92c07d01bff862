/**
 * How long a take-over takes between processes, and what waiting for one costs.
 *
 * <p>{@link io.github.camelmasterlite.examples.benchmark.Benchmark} starts the processes, ends them and does the sums;
 * {@link io.github.camelmasterlite.examples.benchmark.BenchMember} is a member;
 * {@link io.github.camelmasterlite.examples.benchmark.LockHolder} measures what the operating system alone needs.
 */
@NullMarked
package io.github.camelmasterlite.examples.benchmark;

import org.jspecify.annotations.NullMarked;
