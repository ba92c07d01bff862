package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.election.Effect;
import io.github.camelmasterlite.election.Election;
import io.github.camelmasterlite.election.Event;
import io.github.camelmasterlite.election.Moment;
import io.github.camelmasterlite.election.Phase;
import io.github.camelmasterlite.election.Standing;
import io.github.camelmasterlite.election.Tenure;
import io.github.camelmasterlite.engine.Backend;
import io.github.camelmasterlite.engine.Threads;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A real cluster service with the real loop, views and dispatcher, in which the test decides who leads. All orders are asynchronous, like the
 * real thing.
 */
public final class ManualClusterService extends ElectionClusterService {

    private static final long FOR_EVER = Long.MAX_VALUE / 4;

    private enum Order {
        GAIN,
        GAIN_SUSPENDED,
        LOSE,
        SUSPEND,
        CONFIRM
    }

    private final AtomicLong tokens = new AtomicLong(1_000);
    private final Map<String, AtomicInteger> released = new ConcurrentHashMap<>();
    private final Map<String, Integer> resigned = new ConcurrentHashMap<>();
    private volatile Backend.@Nullable Listener<Object> listener;
    private volatile @Nullable String otherLeader;

    public ManualClusterService(String memberId) {
        setId(memberId);
    }

    /** This member becomes leader of {@code lock} as soon as it stands for it and the work of an earlier tenure has ended. */
    public void gain(String lock) {
        order(lock, Order.GAIN);
    }

    /** As {@link #gain}, but its authority has lapsed by the time work is told to start. */
    public void gainSuspended(String lock) {
        order(lock, Order.GAIN_SUSPENDED);
    }

    /** This member loses {@code lock}, against its will. */
    public void lose(String lock) {
        order(lock, Order.LOSE);
    }

    /** The authority of the tenure lapses until it is confirmed or lost. */
    public void suspendAuthority(String lock) {
        order(lock, Order.SUSPEND);
    }

    /** The suspended authority is verified again. */
    public void confirmAuthority(String lock) {
        order(lock, Order.CONFIRM);
    }

    /** Who followers believe to lead from the next event on; null for nobody. */
    public void otherLeader(@Nullable String id) {
        otherLeader = id;
    }

    /** How many tenures of {@code lock} have ended completely: their work had stopped and the lock was given up. */
    public int releases(String lock) {
        return released.getOrDefault(lock, new AtomicInteger()).get();
    }

    /** Whether a tenure of {@code lock} has ended completely and none has begun since. */
    public boolean isReleased(String lock) {
        return releases(lock) > 0 && !isLeader(lock);
    }

    /** How often this member was asked to resign {@code lock}. */
    public int resignations(String lock) {
        return resigned.getOrDefault(lock, 0);
    }

    /** Reports the living members, this one included. */
    public void members(String... ids) {
        Backend.Listener<Object> to = listener;
        if (to != null) {
            to.membersChanged(List.of(ids));
        }
    }

    private void order(String lock, Order order) {
        Backend.Listener<Object> to = listener;
        if (to == null) {
            throw new IllegalStateException("start the service first");
        }
        to.observed(lock, new Object[] {order}); // an array, so that equal orders are not merged
    }

    @Override
    protected Backend<Object, Object> createBackend(Threads threads) {
        return new Backend<>() {
            @Override
            public void open(Listener<Object> to) {
                listener = to;
            }

            @Override
            public Candidate<Object, Object> candidate(String lock) {
                ManualElection election = new ManualElection(lock);
                return new Candidate<>() {
                    @Override
                    public Election<Object, Object> election() {
                        return election;
                    }

                    @Override
                    public CompletionStage<Object> perform(Object command) {
                        return CompletableFuture.completedFuture(command);
                    }
                };
            }

            @Override
            public void close() {
                listener = null;
            }
        };
    }

    private final class ManualElection implements Election<Object, Object> {
        private final String lock;
        private Standing standing;
        private boolean candidate;
        private boolean withdrawing;
        private boolean wanted;
        private boolean suspended;
        private long term;

        ManualElection(String lock) {
            this.lock = lock;
            this.standing = new Standing(lock, getId(), Phase.FOLLOWING, null, 0, null, null);
        }

        @Override
        public List<Effect<Object>> on(Event<Object> event, Moment now) {
            List<Effect<Object>> out = new ArrayList<>();
            if (event instanceof Event.Stand<Object>) {
                candidate = true;
            } else if (event instanceof Event.StandDown<Object>) {
                candidate = false;
                end(out, "stands down");
            } else if (event instanceof Event.Resign<Object>) {
                resigned.merge(lock, 1, Integer::sum);
                end(out, "resigned");
            } else if (event instanceof Event.Withdraw<Object>) {
                candidate = false;
                withdrawing = true;
                end(out, "withdraws");
                if (standing.phase() == Phase.FOLLOWING) {
                    become(out, Phase.STOPPED, null, 0, "withdrawn");
                }
            } else if (event instanceof Event.WorkStopped<Object> stopped) {
                if (standing.phase() == Phase.STOPPING_WORK && stopped.term() == term) {
                    released.computeIfAbsent(lock, l -> new AtomicInteger()).incrementAndGet();
                    become(out, withdrawing ? Phase.STOPPED : Phase.FOLLOWING, null, 0, "released");
                }
            } else if (event instanceof Event.Observed<Object> observed) {
                switch ((Order) ((Object[]) observed.observation())[0]) {
                    case GAIN -> {
                        wanted = true;
                        suspended = false;
                    }
                    case GAIN_SUSPENDED -> {
                        wanted = true;
                        suspended = true;
                    }
                    case LOSE -> {
                        wanted = false;
                        end(out, "lost");
                    }
                    case SUSPEND -> authority(out, now.nanos());
                    case CONFIRM -> authority(out, now.nanos() + FOR_EVER);
                }
            }
            if (wanted && candidate && standing.phase() == Phase.FOLLOWING) {
                wanted = false;
                term++;
                Tenure tenure = new Tenure(term, tokens.incrementAndGet(), Instant.EPOCH);
                become(out, Phase.LEADING, tenure, now.nanos() + (suspended ? 0 : FOR_EVER), "gained");
                out.add(new Effect.StartWork<>(tenure));
            }
            return out;
        }

        private void authority(List<Effect<Object>> out, long untilNanos) {
            if (standing.phase() == Phase.LEADING) {
                become(out, Phase.LEADING, standing.tenure(), untilNanos, "authority");
            }
        }

        private void end(List<Effect<Object>> out, String reason) {
            Tenure ending = standing.tenure();
            if (standing.phase() == Phase.LEADING && ending != null) {
                become(out, Phase.STOPPING_WORK, null, 0, reason);
                out.add(new Effect.StopWork<>(ending));
            }
        }

        private void become(
                List<Effect<Object>> out, Phase phase, @Nullable Tenure tenure, long untilNanos, String reason) {
            standing = new Standing(lock, getId(), phase, tenure, untilNanos, otherLeader, null);
            out.add(new Effect.Publish<>(standing, reason));
        }

        @Override
        public @Nullable Long deadlineNanos() {
            return null;
        }

        @Override
        public Standing standing() {
            return standing;
        }
    }
}
