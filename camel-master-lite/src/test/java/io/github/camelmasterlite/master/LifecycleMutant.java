package io.github.camelmasterlite.master;

import io.github.camelmasterlite.master.DelegateLifecycle.Effect;
import io.github.camelmasterlite.master.DelegateLifecycle.Event;
import io.github.camelmasterlite.master.DelegateLifecycle.Phase;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Rules of {@link DelegateLifecycle}, each broken in one place, which {@link LifecycleModel} must notice. */
enum LifecycleMutant {
    A_LOSS_DURING_A_START_IS_FORGOTTEN("") {
        @Override
        List<Effect> on(Broken rules, Event event) {
            return event instanceof Event.Lost && rules.phase() == Phase.STARTING ? List.of() : rules.proceed(event);
        }
    },
    A_STOP_IS_TAKEN_FOR_DONE("") {
        @Override
        List<Effect> on(Broken rules, Event event) {
            return rules.takeForDone(rules.proceed(event), Effect.Stop.class);
        }
    },
    A_SUSPENSION_IS_TAKEN_FOR_DONE("on a route that is suspended") {
        @Override
        List<Effect> on(Broken rules, Event event) {
            return rules.takeForDone(rules.proceed(event), Effect.Suspend.class);
        }
    },
    A_RESUMPTION_IS_TAKEN_FOR_DONE("on a route that is not") {
        @Override
        List<Effect> on(Broken rules, Event event) {
            return rules.takeForDone(rules.proceed(event), Effect.Resume.class);
        }
    },
    A_SUSPENSION_DURING_A_START_IS_FORGOTTEN("") {
        @Override
        List<Effect> on(Broken rules, Event event) {
            return event instanceof Event.Suspend && rules.phase() == Phase.STARTING ? List.of() : rules.proceed(event);
        }
    },
    A_FAILED_SUSPENSION_COUNTS_AS_DONE("on a route that is suspended") {
        @Override
        List<Effect> on(Broken rules, Event event) {
            return event instanceof Event.Failed failed && rules.phase() == Phase.SUSPENDING
                    ? rules.proceed(new Event.Done(failed.operation()))
                    : rules.proceed(event);
        }
    },
    THE_END_OF_A_STOP_IS_MISSED("nothing leads there") {
        @Override
        List<Effect> on(Broken rules, Event event) {
            // Not of every stop, so that it takes a while to be noticed.
            return event instanceof Event.Done && rules.phase() == Phase.STOPPING && rules.isFifth()
                    ? List.of()
                    : rules.proceed(event);
        }
    },
    A_FAILED_START_IS_TRIED_AGAIN_AT_ONCE("before it is due") {
        @Override
        List<Effect> on(Broken rules, Event event) {
            List<Effect> effects = new ArrayList<>();
            for (Effect effect : rules.proceed(event)) {
                if (effect instanceof Effect.RetryAfter retry) {
                    effects.addAll(rules.proceed(new Event.RetryDue(retry.operation())));
                } else {
                    effects.add(effect);
                }
            }
            return effects;
        }
    },
    AN_OLD_TIMER_STARTS_THE_NEXT_ATTEMPT("before it is due") {
        @Override
        List<Effect> on(Broken rules, Event event) {
            return event instanceof Event.RetryDue && rules.phase() == Phase.BACKING_OFF
                    ? rules.proceed(new Event.RetryDue(rules.lastRetry()))
                    : rules.proceed(event);
        }
    },
    THE_LAST_ATTEMPT_IS_FOLLOWED_BY_NOTHING("not given up") {
        @Override
        List<Effect> on(Broken rules, Event event) {
            return rules.proceed(event).stream()
                    .filter(effect -> !(effect instanceof Effect.GiveUp))
                    .toList();
        }
    },
    AN_ATTEMPT_COUNTS_TWICE("follows attempt") {
        @Override
        List<Effect> on(Broken rules, Event event) {
            return rules.proceed(event).stream()
                    .map(effect -> effect instanceof Effect.Start start && start.attempt() > 1
                            ? new Effect.Start(start.operation(), start.tenure(), start.attempt() + 1)
                            : effect)
                    .toList();
        }
    },
    THE_BEGINNING_COUNTS_AFTER_THE_END("") {
        @Override
        List<Effect> on(Broken rules, Event event) {
            return event instanceof Event.Lost lost && !rules.begun.contains(lost.tenure())
                    ? List.of()
                    : rules.proceed(event);
        }
    },
    NOBODY_WAITS_FOR_THE_CONTEXT("which was not wanted since") {
        @Override
        List<Effect> on(Broken rules, Event event) {
            List<Effect> effects = new ArrayList<>(rules.proceed(new Event.ContextStarted()));
            effects.addAll(rules.proceed(event));
            return effects;
        }
    },
    A_START_IS_BEGUN_THOUGH_NO_LONGER_WANTED("which was not wanted since") {
        @Override
        List<Effect> on(Broken rules, Event event) {
            return rules.proceed(event);
        }

        @Override
        boolean isWanted(boolean wanted) {
            return true;
        }
    },
    A_CANCELLED_START_IS_FORGOTTEN("") {
        @Override
        List<Effect> on(Broken rules, Event event) {
            return event instanceof Event.Cancelled ? List.of() : rules.proceed(event);
        }
    },
    A_STOPPED_ROUTE_MAY_START_A_DELEGATE("") {
        @Override
        List<Effect> on(Broken rules, Event event) {
            return event instanceof Event.Close && rules.phase() != Phase.RUNNING ? List.of() : rules.proceed(event);
        }
    };

    /** Unchanged rules under a seam. */
    static final class Broken extends DelegateLifecycle {

        final Set<TenureStamp> begun = new HashSet<>();
        private final LifecycleMutant mutant;
        private long lastRetry;
        private int stops;

        Broken(LifecycleMutant mutant, int attempts) {
            super("mutant", attempts);
            this.mutant = mutant;
        }

        @Override
        List<Effect> on(Event event) {
            if (event instanceof Event.Gained gained) {
                begun.add(gained.tenure());
            }
            return mutant.on(this, event);
        }

        @Override
        boolean isWanted(long startOperation) {
            return mutant.isWanted(super.isWanted(startOperation));
        }

        List<Effect> proceed(Event event) {
            List<Effect> effects = super.on(event);
            for (Effect effect : effects) {
                if (effect instanceof Effect.RetryAfter retry) {
                    lastRetry = retry.operation();
                }
            }
            return effects;
        }

        /** What is due for whichever attempt failed last. */
        long lastRetry() {
            return lastRetry;
        }

        boolean isFifth() {
            return ++stops % 5 == 0;
        }

        List<Effect> takeForDone(List<Effect> effects, Class<? extends Effect> kind) {
            List<Effect> rest = new ArrayList<>();
            for (Effect effect : effects) {
                if (kind.isInstance(effect)) {
                    rest.addAll(takeForDone(proceed(new Event.Done(operation(effect))), kind));
                } else {
                    rest.add(effect);
                }
            }
            return rest;
        }

        private static long operation(Effect effect) {
            if (effect instanceof Effect.Stop stop) {
                return stop.operation();
            }
            if (effect instanceof Effect.Suspend suspend) {
                return suspend.operation();
            }
            if (effect instanceof Effect.Resume resume) {
                return resume.operation();
            }
            throw new IllegalArgumentException(effect.toString());
        }
    }

    private final String breaks;

    LifecycleMutant(String breaks) {
        this.breaks = breaks;
    }

    /** Part of what the model says about it; anything, where that depends on what comes next. */
    String breaks() {
        return breaks.isEmpty() ? "step" : breaks;
    }

    DelegateLifecycle rules(int attempts) {
        return new Broken(this, attempts);
    }

    abstract List<Effect> on(Broken rules, Event event);

    boolean isWanted(boolean wanted) {
        return wanted;
    }
}
