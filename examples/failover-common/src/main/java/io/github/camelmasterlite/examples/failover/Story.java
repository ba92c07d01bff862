package io.github.camelmasterlite.examples.failover;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * What is done to the members: the first leader is asked to end, the second is killed, the third is left.
 *
 * <p>Every wait has a limit; one that is not reached ends the story with a sentence that says what was waited for.
 */
final class Story {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration END_LIMIT = Duration.ofSeconds(15);
    private static final Duration REIGN = Duration.ofSeconds(3);
    private static final Duration LAST_REIGN = Duration.ofSeconds(2);

    private final Members members;
    private final Narrator narrator;
    private final List<String> names;
    private final int locks;
    private final Duration bound;
    private final History history = new History();
    private final Map<String, Long> launchNanos = new HashMap<>();
    private final Set<String> told = new HashSet<>();
    private final List<Event> signals = new ArrayList<>();

    Story(Members members, Narrator narrator, List<String> names, int locks, Duration bound) {
        this.members = members;
        this.narrator = narrator;
        this.names = names;
        this.locks = locks;
        this.bound = bound;
    }

    /** The story did not come to its end. */
    static final class Broken extends Exception {
        private static final long serialVersionUID = 1;

        Broken(String message) {
            super(message);
        }
    }

    void tell() throws Broken, IOException, InterruptedException {
        for (String name : names) {
            members.launch(name);
        }
        await(
                "every member to start",
                START_LIMIT,
                () -> names.stream().allMatch(name -> history.has(Event.Kind.CONTEXT_STARTED, name)));
        await("a working leader for every lock", START_LIMIT, this::allLocksWork);
        watch(REIGN);

        handOver(Event.Kind.SIGTERM);
        watch(REIGN);

        handOver(Event.Kind.SIGKILL);
        watch(LAST_REIGN);

        names.stream().filter(name -> !told.contains(name)).forEach(this::terminate);
        await(
                "every member to end",
                END_LIMIT,
                () -> names.stream().allMatch(name -> history.has(Event.Kind.EXITED, name)));
    }

    History history() {
        return history;
    }

    /** The SIGTERM and the SIGKILL of the story, as far as it got. */
    List<Event> signals() {
        return List.copyOf(signals);
    }

    private void handOver(Event.Kind signal) throws Broken, InterruptedException {
        String leader = busiestLeader();
        if (signal == Event.Kind.SIGKILL) {
            told.add(leader);
            members.kill(leader);
        } else {
            terminate(leader);
        }
        Duration limit = END_LIMIT.plus(bound);
        await(
                "the next leader after " + signal + " to " + leader,
                limit,
                () -> history.has(signal, leader) && history.has(Event.Kind.EXITED, leader) && allLocksWork());
    }

    private void terminate(String member) {
        told.add(member);
        members.terminate(member);
    }

    private boolean allLocksWork() {
        Map<String, String> leaders = history.leaders();
        return leaders.size() == locks
                && leaders.entrySet().stream().allMatch(entry -> history.hasTicked(entry.getKey(), entry.getValue()));
    }

    /** The member that leads most locks. */
    private String busiestLeader() {
        Map<String, Integer> count = new HashMap<>();
        history.leaders().values().forEach(leader -> count.merge(leader, 1, Integer::sum));
        return names.stream()
                .max((a, b) -> Integer.compare(count.getOrDefault(a, 0), count.getOrDefault(b, 0)))
                .orElseThrow();
    }

    private void await(String what, Duration limit, BooleanSupplier reached) throws Broken, InterruptedException {
        long deadlineNanos = System.nanoTime() + limit.toNanos();
        while (!reached.getAsBoolean()) {
            if (!takeNext(deadlineNanos)) {
                throw new Broken("Waited %d s for %s; the leaders known are %s"
                        .formatted(limit.toSeconds(), what, history.leaders()));
            }
        }
    }

    private void watch(Duration time) throws Broken, InterruptedException {
        long deadlineNanos = System.nanoTime() + time.toNanos();
        while (takeNext(deadlineNanos)) {
            // told as it was taken
        }
    }

    /** Takes the next event into the history; false when the deadline has come. */
    private boolean takeNext(long deadlineNanos) throws Broken, InterruptedException {
        long leftNanos = deadlineNanos - System.nanoTime();
        if (leftNanos <= 0) {
            return false;
        }
        Event event = members.next(leftNanos);
        if (event != null) {
            take(event);
        }
        return true;
    }

    private void take(Event event) throws Broken {
        checkClock(event);
        history.add(event);
        narrator.tell(event);
        boolean ourSignal = event.kind() == Event.Kind.SIGTERM || event.kind() == Event.Kind.SIGKILL;
        if (ourSignal && signals.size() < 2) {
            signals.add(event);
        }
        if (event.kind() == Event.Kind.EXITED && !told.contains(event.member())) {
            throw new Broken(event.member() + " ended by itself; its log is " + members.log(event.member()));
        }
    }

    /** All that follows compares times of several processes: each must lie between the launch of its process and now. */
    private void checkClock(Event event) throws Broken {
        if (event.kind() == Event.Kind.LAUNCHED) {
            launchNanos.put(event.member(), event.monotonicNanos());
        }
        long launched = launchNanos.getOrDefault(event.member(), Long.MAX_VALUE);
        if (event.monotonicNanos() < launched || event.monotonicNanos() > System.nanoTime()) {
            throw new Broken(
                    "System.nanoTime() is not one clock for all processes of this machine: nothing can be measured");
        }
    }
}
