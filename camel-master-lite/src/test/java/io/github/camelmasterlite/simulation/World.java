package io.github.camelmasterlite.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;

/** True time, what is going to happen in it, and the one source of chance. */
final class World {

    private static final int TRACE_LINES = 40;

    private record Task(long atNanos, long number, Runnable run) implements Comparable<Task> {
        @Override
        public int compareTo(Task other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    final SplittableRandom random;
    private final PriorityQueue<Task> tasks = new PriorityQueue<>();
    private final Deque<String> trace = new ArrayDeque<>();
    private long nowNanos;
    private final long traceUntilNanos;
    private final BiConsumer<String, String> listener;
    private long numbers;

    World(long seed, long traceUntilNanos) {
        this(seed, traceUntilNanos, (who, what) -> {});
    }

    /** A world that also tells somebody what happens. */
    World(long seed, long traceUntilNanos, BiConsumer<String, String> listener) {
        this.random = new SplittableRandom(seed);
        this.traceUntilNanos = traceUntilNanos;
        this.listener = listener;
    }

    long nanos() {
        return nowNanos;
    }

    /** Runs something later. What is due at the same time runs in the order in which it was asked for. */
    void after(long nanos, Runnable run) {
        tasks.add(new Task(nowNanos + Math.max(0, nanos), ++numbers, run));
    }

    /** Lets time pass until {@code nanos}. */
    void runUntil(long nanos) {
        while (!tasks.isEmpty() && tasks.peek().atNanos <= nanos) {
            Task task = tasks.remove();
            nowNanos = task.atNanos;
            task.run.run();
        }
        nowNanos = nanos;
    }

    boolean chance(double probability) {
        return probability > 0 && random.nextDouble() < probability;
    }

    /** A duration between the two, in nanoseconds. */
    long between(long least, long most) {
        return most <= least ? least : random.nextLong(least, most + 1);
    }

    /** Remembers a line; the last {@value #TRACE_LINES} before the end of the trace are kept. */
    void trace(String who, String what) {
        listener.accept(who, what);
        if (nowNanos > traceUntilNanos) {
            return;
        }
        if (trace.size() == TRACE_LINES) {
            trace.removeFirst();
        }
        trace.addLast(String.format(Locale.ROOT, "%11.6f  %-8s %s", nowNanos / 1e9, who, what));
    }

    List<String> lastLines() {
        return new ArrayList<>(trace);
    }
}
