package io.github.camelmasterlite.observe;

import io.github.camelmasterlite.cluster.ElectionClusterService;
import io.github.camelmasterlite.cluster.LeadershipObserver;
import io.github.camelmasterlite.cluster.LockChange;
import io.github.camelmasterlite.cluster.ServiceCompanion;
import io.github.camelmasterlite.election.Tenure;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import jdk.jfr.Timestamp;
import org.jspecify.annotations.Nullable;

/**
 * Writes flight records of leadership for Java Flight Recorder. Before the first recording of a process it costs next to nothing; in a Java without the module {@code jdk.jfr} this class is left out.
 *
 * <p>A record of a tenure is written when the tenure ends. A tenure that began before the first recording of the process has no duration there: {@code since} and {@code held} are always right.
 */
public final class FlightRecords implements ServiceCompanion, LeadershipObserver {

    private static final String PREFIX = "io.github.camelmasterlite.";

    /** Tenures that have begun here, by lock. Each lock is told of in order. */
    private final Map<String, Open> tenures = new ConcurrentHashMap<>();

    private record Open(Tenure tenure, @Nullable TenureEvent event, LockChange gain) {}

    /**
     * Whether there has been a recording. Before, the classes of the events are left alone: the first of a process costs a tenth of a second of processor
     * time.
     */
    private final BooleanSupplier inUse;

    /** Where there is no flight recorder at all, this fails, and the service goes without. */
    public FlightRecords() {
        this(FlightRecorder::isInitialized);
    }

    /**
     * @param inUse whether there has been a recording
     */
    FlightRecords(BooleanSupplier inUse) {
        this.inUse = inUse;
    }

    @Override
    public void started(ElectionClusterService service) {
        if (inUse.getAsBoolean()) {
            // What is loaded here is not loaded at the first hand-over.
            service.background().execute(FlightRecords::load);
        }
        service.addObserver(this);
    }

    private static void load() {
        new TenureEvent().shouldCommit();
        new LeaderChangedEvent().shouldCommit();
        new StoreCallEvent().shouldCommit();
    }

    @Override
    public void stopped(ElectionClusterService service) {
        service.removeObserver(this);
        tenures.clear();
    }

    @Override
    public void changed(LockChange change) {
        boolean isRecorded = inUse.getAsBoolean();
        if (change.isLoss()) {
            Open ended = tenures.remove(change.lock());
            if (isRecorded && ended != null && ended.tenure.equals(change.tenureBefore())) {
                TenureEvent event = ended.event == null ? new TenureEvent() : ended.event;
                event.end(ended, change);
            }
        }
        if (change.isGain() && change.tenure() != null) {
            TenureEvent begun = null;
            if (isRecorded) {
                begun = new TenureEvent();
                begun.begin();
            }
            tenures.put(change.lock(), new Open(change.tenure(), begun, change));
        }
        if (isRecorded
                && (change.isGain() || change.isLoss() || !Objects.equals(change.leaderBefore(), change.leader()))) {
            new LeaderChangedEvent().write(change);
        }
    }

    @Override
    public void storeAnswered(String lock, String operation, String outcome, long nanos) {
        if (inUse.getAsBoolean()) {
            new StoreCallEvent().write(lock, operation, outcome, nanos);
        }
    }

    /** One tenure of this member, from its beginning to its end. */
    @Name(PREFIX + "Tenure")
    @Label("Tenure")
    @Description("One tenure of this member, from its beginning to its end")
    @Category({"Apache Camel", "Leadership"})
    @StackTrace(false)
    static final class TenureEvent extends Event {

        @Label("Lock")
        @Nullable
        String lock;

        @Label("Member")
        @Nullable
        String member;

        @Label("Term")
        long term;

        @Label("Fencing Token")
        long fencingToken;

        @Label("Since")
        @Description("When this member noticed that it leads")
        @Timestamp(Timestamp.MILLISECONDS_SINCE_EPOCH)
        long since;

        @Label("Held")
        @Description("How long the tenure lasted, also if it began before the recording")
        @Timespan(Timespan.MILLISECONDS)
        long held;

        @Label("Reason of Begin")
        @Nullable
        String reasonOfBegin;

        @Label("Reason of End")
        @Nullable
        String reasonOfEnd;

        private void end(Open open, LockChange loss) {
            end();
            if (shouldCommit()) {
                Instant begun = open.gain.at();
                lock = loss.lock();
                member = loss.member();
                term = open.tenure.term();
                fencingToken = open.tenure.fencingToken();
                since = begun.toEpochMilli();
                held = Duration.between(begun, loss.at()).toMillis();
                reasonOfBegin = open.gain.reason();
                reasonOfEnd = loss.reason();
                commit();
            }
        }
    }

    /** Another member leads than before, or none is known to, or a tenure of this member has begun or ended. */
    @Name(PREFIX + "LeaderChanged")
    @Label("Leader Changed")
    @Description("Another member leads than before, or none is known to, or a tenure of this member has begun or ended")
    @Category({"Apache Camel", "Leadership"})
    @StackTrace(false)
    static final class LeaderChangedEvent extends Event {

        @Label("Lock")
        @Nullable
        String lock;

        @Label("Member")
        @Nullable
        String member;

        @Label("Leader Before")
        @Nullable
        String leaderBefore;

        @Label("Leader")
        @Nullable
        String leader;

        @Label("Phase Before")
        @Nullable
        String phaseBefore;

        @Label("Phase")
        @Nullable
        String phase;

        @Label("Term")
        @Description("Of this member's tenure; 0 without")
        long term;

        @Label("Fencing Token")
        @Description("Of this member's tenure; 0 without")
        long fencingToken;

        @Label("Reason")
        @Nullable
        String reason;

        private void write(LockChange change) {
            if (shouldCommit()) {
                Tenure tenure = change.tenure();
                lock = change.lock();
                member = change.member();
                leaderBefore = change.leaderBefore();
                leader = change.leader();
                phaseBefore = change.from().name();
                phase = change.to().name();
                term = tenure == null ? 0 : tenure.term();
                fencingToken = tenure == null ? 0 : tenure.fencingToken();
                reason = change.reason();
                commit();
            }
        }
    }

    /** The place where the locks live has answered, or has not in time. Off unless the recording asks for it. */
    @Name(PREFIX + "StoreCall")
    @Label("Store Call")
    @Description("The place where the locks live has answered, or has not in time; off unless a recording enables it")
    @Category({"Apache Camel", "Leadership"})
    @StackTrace(false)
    @Enabled(false)
    static final class StoreCallEvent extends Event {

        @Label("Lock")
        @Nullable
        String lock;

        @Label("Operation")
        @Nullable
        String operation;

        @Label("Outcome")
        @Nullable
        String outcome;

        @Label("Took")
        @Description("From asking to the answer")
        @Timespan(Timespan.NANOSECONDS)
        long took;

        private void write(String of, String what, String how, long nanos) {
            if (shouldCommit()) {
                lock = of;
                operation = what;
                outcome = how;
                took = nanos;
                commit();
            }
        }
    }
}
