package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.election.Phase;
import io.github.camelmasterlite.election.Standing;
import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.engine.Output;
import io.github.camelmasterlite.engine.Seat;
import io.github.camelmasterlite.engine.Ticker;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.camel.cluster.CamelClusterEventListener;
import org.apache.camel.cluster.CamelClusterMember;
import org.apache.camel.cluster.CamelClusterView;
import org.jspecify.annotations.Nullable;

/**
 * A view of one lock whose loop, users and dispatcher are stepped by hand, in every order there is: each step of the loop, each call of a user and each call that is queued for a
 * listener may come next at any point, also while a start is still running. One run follows one order; {@link #inEveryOrder} makes as many runs as there are orders.
 */
final class ListenerOrders {

    /** More than any scenario here has; a scenario that has more is too large. */
    private static final int MAX_RUNS = 400_000;

    private static final String MEMBER = "member1";
    private static final String LOCK = "lock1";

    private final List<Integer> taken;
    private final List<Integer> sizes = new ArrayList<>();
    private int depth;

    private final List<Runnable> queued = new ArrayList<>();
    private final List<Deque<Runnable>> actors = new ArrayList<>();
    final List<String> trace = new ArrayList<>();
    final ElectionClusterView view;
    private final Output output;
    private @Nullable AssertionError violation;
    private long workStopped;
    private long begun;
    private long toldToStop;

    private ListenerOrders(List<Integer> taken) {
        this.taken = taken;
        this.view = new ElectionClusterView(
                new ManualClusterService(MEMBER),
                LOCK,
                Ticker.system(),
                new Dispatcher(queued::add, queued::add, queued::add),
                null);
        Output[] joined = new Output[1];
        view.attach(
                (lock, out) -> {
                    joined[0] = out;
                    return new Told();
                },
                CompletableFuture.completedFuture(null));
        output = Objects.requireNonNull(joined[0]);
    }

    /**
     * Runs a scenario in every order.
     *
     * @param scenario adds listeners and steps
     * @param check    what must hold at the end of each
     * @return how many orders there are
     */
    static int inEveryOrder(Consumer<ListenerOrders> scenario, Consumer<ListenerOrders> check) {
        List<Integer> next = new ArrayList<>();
        for (int run = 1; run <= MAX_RUNS; run++) {
            ListenerOrders orders = new ListenerOrders(next);
            try {
                scenario.accept(orders);
                orders.drain(false);
                if (orders.violation != null) {
                    throw orders.violation;
                }
                check.accept(orders);
            } catch (Throwable t) {
                throw new AssertionError(
                        "In order " + run + " " + orders.taken + ":\n  " + String.join("\n  ", orders.trace), t);
            }
            next = orders.following();
            if (next.isEmpty()) {
                return run;
            }
        }
        throw new AssertionError("more than " + MAX_RUNS + " orders: make the scenario smaller");
    }

    /** The next order: the last choice that has alternatives left takes the next of them. */
    private List<Integer> following() {
        List<Integer> next = new ArrayList<>(taken.subList(0, depth));
        while (!next.isEmpty()) {
            int last = next.size() - 1;
            if (next.get(last) + 1 < sizes.get(last)) {
                next.set(last, next.get(last) + 1);
                return next;
            }
            next.remove(last);
        }
        return next;
    }

    private int choose(int options) {
        if (depth == taken.size()) {
            taken.add(0);
        }
        sizes.add(options);
        return taken.get(depth++);
    }

    /** Remembered as well, because whoever calls a listener goes on when it throws. */
    private AssertionError violation(String what) {
        AssertionError found = new AssertionError(what);
        if (violation == null) {
            violation = found;
            trace.add("VIOLATION");
        }
        return found;
    }

    /** Steps that come in this order among themselves, and in any order beside everything else. */
    void actor(Runnable... steps) {
        actors.add(new ArrayDeque<>(List.of(steps)));
    }

    /** What the loop does when this member gains the lock: as soon as the work of the tenure before has ended. */
    Runnable[] gain(long term) {
        Tenure tenure = new Tenure(term, term, Instant.EPOCH);
        return new Runnable[] {
            () -> {
                trace.add("loop: leads " + term);
                begun = term;
                output.published(standing(Phase.LEADING, tenure, MEMBER));
            },
            () -> {
                trace.add("loop: start work " + term);
                output.startWork(tenure);
            }
        };
    }

    /** What the loop does when it loses it. */
    Runnable[] lose(long term) {
        Tenure tenure = new Tenure(term, term, Instant.EPOCH);
        return new Runnable[] {
            () -> {
                trace.add("loop: no longer leads " + term);
                output.published(standing(Phase.STOPPING_WORK, null, null));
            },
            () -> {
                trace.add("loop: stop work " + term);
                toldToStop = term;
                output.stopWork(tenure);
            }
        };
    }

    private static Standing standing(Phase phase, @Nullable Tenure tenure, @Nullable String leader) {
        return new Standing(
                LOCK, MEMBER, phase, tenure, tenure == null ? 0 : System.nanoTime() + Long.MAX_VALUE / 4, leader, null);
    }

    /** Takes steps until nobody has any left, or, within a callback, until that is chosen to return. */
    private void drain(boolean mayReturn) {
        while (true) {
            List<Runnable> options = new ArrayList<>();
            for (Deque<Runnable> actor : actors) {
                Runnable first = actor.peek();
                if (first != null && mayTake(first)) {
                    options.add(() -> actor.remove().run());
                }
            }
            for (Runnable call : queued) {
                options.add(() -> {
                    queued.remove(call);
                    call.run();
                });
            }
            int choice = options.isEmpty() && !mayReturn ? -1 : choose(options.size() + (mayReturn ? 1 : 0));
            if (choice == -1 || choice == options.size()) {
                return;
            }
            options.get(choice).run();
        }
    }

    private record OnceStopped(long term, Runnable step) implements Runnable {
        @Override
        public void run() {
            step.run();
        }
    }

    /** A step that comes once the work of a tenure has ended: the next tenure (law 7). */
    static Runnable onceStopped(long term, Runnable step) {
        return new OnceStopped(term, step);
    }

    private boolean mayTake(Runnable step) {
        return !(step instanceof OnceStopped later) || workStopped >= later.term;
    }

    long workStopped() {
        return workStopped;
    }

    private final class Told implements Seat {
        @Override
        public void stand() {}

        @Override
        public void standDown() {}

        @Override
        public void resign(long coolDownNanos) {}

        @Override
        public void withdraw() {}

        @Override
        public void workStopped(long term) {
            trace.add("work stopped " + term);
            if (term != workStopped + 1 || term != toldToStop) {
                throw violation("work of " + term + " ended after that of " + workStopped);
            }
            workStopped = term;
        }

        @Override
        public CompletableFuture<Void> ended() {
            return CompletableFuture.completedFuture(null);
        }
    }

    /** A listener with work: it is told of starts and stops in pairs, and never of a tenure that has ended. */
    final class Worker implements WorkListener {
        private final String name;
        private final boolean isSlow;
        final List<String> calls = new ArrayList<>();
        private boolean removed;
        private long started;
        private boolean starting;

        /** @param isSlow whether anything may happen while one of its starts runs */
        Worker(String name, boolean isSlow) {
            this.name = name;
            this.isSlow = isSlow;
        }

        @Override
        public void startWork(LeadershipView of, Tenure tenure) {
            call("start " + tenure.term());
            if (toldToStop >= tenure.term() || tenure.term() <= started || starting) {
                throw violation(name + " must not start " + tenure.term() + " after " + calls);
            }
            started = tenure.term();
            starting = true;
            if (isSlow) {
                drain(true);
            }
            starting = false;
            trace.add(name + ": start " + tenure.term() + " has returned");
        }

        @Override
        public void stopWork(LeadershipView of, Tenure tenure) {
            call("stop " + tenure.term());
            if (of.isLeader() || tenure.term() != started || workStopped >= tenure.term()) {
                throw violation(name + " must not stop " + tenure.term() + " after " + calls);
            }
        }

        @Override
        public CompletionStage<?> workEnded() {
            if (starting) {
                throw violation(name + " is asked for the end of its work while its start runs");
            }
            return CompletableFuture.completedFuture(null);
        }

        private void call(String what) {
            trace.add(name + ": " + what);
            calls.add(what);
            if (removed) {
                throw violation(name + " was removed and is told to " + what);
            }
        }

        Runnable add() {
            return () -> {
                trace.add("add " + name);
                view.addEventListener(this);
            };
        }

        Runnable remove() {
            return () -> {
                trace.add("remove " + name);
                removed = true;
                view.removeEventListener(this);
            };
        }

        /** At the end: whatever was started was stopped, except the tenure that lasts. */
        void checkPairs(long lasting) {
            List<String> expected = new ArrayList<>();
            for (String call : calls) {
                if (call.startsWith("start ")) {
                    expected.add(call);
                    if (Long.parseLong(call.substring(6)) != lasting) {
                        expected.add("stop " + call.substring(6));
                    }
                }
            }
            if (!removed && !calls.equals(expected)) {
                throw new AssertionError(name + " heard " + calls);
            }
            if (!removed && lasting > 0 && !calls.contains("start " + lasting)) {
                throw new AssertionError(name + " never heard of " + lasting + " but " + calls);
            }
        }
    }

    /** A listener as Camel has them: it hears who leads. */
    final class Hearer implements CamelClusterEventListener.Leadership {
        private final String name;
        final List<String> heard = new ArrayList<>();

        Hearer(String name) {
            this.name = name;
        }

        @Override
        public void leadershipChanged(CamelClusterView of, @Nullable CamelClusterMember leader) {
            String now = (view.isLeader() ? "leads " + begun : "does not lead") + ", leader "
                    + (leader == null ? null : leader.getId());
            trace.add(name + ": " + now);
            heard.add(now);
        }

        Runnable add() {
            return () -> {
                trace.add("add " + name);
                view.addEventListener(this);
            };
        }

        /**
         * At the end: no gain was said twice, no loss was skipped, and the last word is what holds. That it does not lead may be said twice: a stop is told in any case.
         */
        void check(long lasting) {
            for (int i = 1; i < heard.size(); i++) {
                String before = heard.get(i - 1);
                String now = heard.get(i);
                if (before.equals(now) && now.startsWith("leads")) {
                    throw new AssertionError(name + " heard the same twice: " + heard);
                }
                if (before.startsWith("leads") && now.startsWith("leads")) {
                    throw new AssertionError(name + " never heard of a loss: " + heard);
                }
            }
            String last = lasting > 0 ? "leads " + lasting + ", leader " + MEMBER : "does not lead, leader null";
            if (heard.isEmpty() || !heard.get(heard.size() - 1).equals(last)) {
                throw new AssertionError(name + " does not know that it " + last + ": " + heard);
            }
        }
    }
}
