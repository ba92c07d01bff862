package io.github.camelmasterlite.history;

import io.github.camelmasterlite.history.History.Event;
import io.github.camelmasterlite.history.History.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The work of one member under one tenure of one lock.
 *
 * <p>It certainly went on in [{@code startNanos}, {@code certainEndNanos}] and cannot have gone on after {@code latestEndNanos}; in between
 * nothing is known. Both ends are the same for work that was reported as STOPPED. For a killed member the certain end is the last thing it wrote, about
 * any lock (it would have written STOPPED before), and the latest end is the moment at which the kernel confirmed the end of its process. For work
 * that has not ended the certain end is the last thing the member wrote as well: it may just not have been read yet that it stopped.
 *
 * @param lock            the lock
 * @param member          the member
 * @param token           the fencing token of the tenure
 * @param startNanos      when it began
 * @param certainEndNanos until when it certainly went on
 * @param latestEndNanos  when it had certainly ended; {@link Long#MAX_VALUE} if it has not
 * @param ending          how it ended
 */
public record Work(
        String lock,
        String member,
        long token,
        long startNanos,
        long certainEndNanos,
        long latestEndNanos,
        Ending ending) {

    /** How work ends. */
    public enum Ending {
        /** The member said so. */
        STOPPED,
        /** Its process was killed or ended without a word. */
        KILLED,
        /** It has not ended. */
        OPEN
    }

    /** Whether it may have been going on at that time. */
    public boolean mayRunAt(long nanos) {
        return startNanos <= nanos && nanos < latestEndNanos;
    }

    private static final class Open {
        final Event started;
        final Event lastSign;

        Open(Event started, Event lastSign) {
            this.started = started;
            this.lastSign = lastSign;
        }

        Work end(long certainNanos, long latestNanos, Ending ending) {
            return new Work(
                    started.lock(),
                    started.member(),
                    started.token(),
                    started.nanos(),
                    certainNanos,
                    latestNanos,
                    ending);
        }
    }

    /** All work under one lock, by its beginning. {@code sorted} holds all events of the history by time. */
    static List<Work> of(String lock, List<Event> sorted) {
        List<Work> works = new ArrayList<>();
        Map<String, List<Open>> open = new HashMap<>();
        Map<String, Event> lastSigns = new HashMap<>();
        for (Event event : sorted) {
            String member = event.member();
            boolean isSign = event.kind() == Kind.STARTED || event.kind() == Kind.STOPPED || event.kind() == Kind.ACT;
            if (isSign) {
                lastSigns.put(member, event);
            }
            if (event.kind() == Kind.KILLED) {
                Event last = lastSigns.getOrDefault(member, event);
                for (Open work : open.getOrDefault(member, List.of())) {
                    works.add(work.end(last.nanos(), event.nanos(), Ending.KILLED));
                }
                open.remove(member);
            } else if (event.lock().equals(lock) && event.kind() == Kind.STARTED) {
                open.computeIfAbsent(member, m -> new ArrayList<>()).add(new Open(event, event));
            } else if (event.lock().equals(lock) && event.kind() == Kind.STOPPED) {
                List<Open> ofMember = open.getOrDefault(member, new ArrayList<>());
                for (Open work : ofMember) {
                    if (work.started.token() == event.token()) {
                        works.add(work.end(event.nanos(), event.nanos(), Ending.STOPPED));
                        ofMember.remove(work);
                        break;
                    }
                }
            }
        }
        open.forEach((member, still) -> {
            for (Open work : still) {
                Event last = lastSigns.getOrDefault(member, work.lastSign);
                works.add(work.end(last.nanos(), Long.MAX_VALUE, Ending.OPEN));
            }
        });
        works.sort((a, b) -> Long.compare(a.startNanos, b.startNanos));
        return works;
    }
}
