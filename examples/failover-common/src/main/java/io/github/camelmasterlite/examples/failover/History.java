package io.github.camelmasterlite.examples.failover;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All that was reported, and the tenures that follow from it. Used by one thread. */
final class History {
    private final List<Event> events = new ArrayList<>();
    private final Map<String, String> leaders = new TreeMap<>();

    void add(Event event) {
        events.add(event);
        switch (event.kind()) {
            case STARTED -> leaders.put(lockOf(event), event.member());
            case STOPPED -> leaders.remove(lockOf(event), event.member());
            case SIGKILL, EXITED -> leaders.values().removeIf(event.member()::equals);
            case LAUNCHED, CONTEXT_STARTED, ACT, SIGTERM -> {
                // nobody begins or ends to lead by these
            }
        }
    }

    /** The events in order of time. They arrive nearly so, from several processes. */
    List<Event> events() {
        return events.stream()
                .sorted(Comparator.comparingLong(Event::monotonicNanos))
                .toList();
    }

    /** Who leads, by lock, as far as is known. */
    Map<String, String> leaders() {
        return Map.copyOf(leaders);
    }

    boolean has(Event.Kind kind, String member) {
        return events.stream()
                .anyMatch(event -> event.kind() == kind && event.member().equals(member));
    }

    /** Whether the member that leads this lock has been heard to work for it. */
    boolean hasTicked(String lock, String member) {
        return events.stream()
                .anyMatch(event -> event.kind() == Event.Kind.ACT
                        && lock.equals(event.lock())
                        && event.member().equals(member));
    }

    /** The tenures in order of their start. */
    List<Tenure> tenures() {
        Map<Place, Open> open = new HashMap<>();
        List<Open> all = new ArrayList<>();
        for (Event event : events()) {
            switch (event.kind()) {
                case STARTED -> {
                    Open tenure = new Open(event);
                    all.add(tenure);
                    // a second start before the first stop leaves two tenures that overlap
                    open.put(Place.of(event), tenure);
                }
                case ACT -> {
                    // a tick before any start counts as a start: it is work all the same
                    Open tenure = open.computeIfAbsent(Place.of(event), place -> {
                        Open unannounced = new Open(event);
                        all.add(unannounced);
                        return unannounced;
                    });
                    tenure.ticks.add(new Tenure.Tick(event.monotonicNanos(), event.token()));
                    tenure.endNanos = event.monotonicNanos();
                }
                case STOPPED -> {
                    Open tenure = open.get(Place.of(event));
                    if (tenure != null) {
                        tenure.endNanos = event.monotonicNanos();
                        tenure.end = Tenure.End.STOPPED;
                    }
                }
                case SIGKILL ->
                    open.forEach((place, tenure) -> {
                        if (place.member.equals(event.member()) && tenure.end == Tenure.End.UNKNOWN) {
                            tenure.endNanos = event.monotonicNanos();
                            tenure.end = Tenure.End.KILLED;
                        }
                    });
                case LAUNCHED, CONTEXT_STARTED, SIGTERM, EXITED -> {
                    // no tenure begins or ends by these
                }
            }
        }
        return all.stream().map(Open::close).toList();
    }

    private static String lockOf(Event event) {
        String lock = event.lock();
        if (lock == null) {
            throw new IllegalArgumentException("No lock in " + event);
        }
        return lock;
    }

    private record Place(String member, String lock) {
        static Place of(Event event) {
            return new Place(event.member(), lockOf(event));
        }
    }

    private static final class Open {
        private final String lock;
        private final String member;
        private final long startNanos;
        private final List<Tenure.Tick> ticks = new ArrayList<>();
        private long endNanos;
        private Tenure.End end = Tenure.End.UNKNOWN;

        Open(Event first) {
            lock = lockOf(first);
            member = first.member();
            startNanos = first.monotonicNanos();
            endNanos = startNanos;
        }

        Tenure close() {
            return new Tenure(lock, member, startNanos, endNanos, end, ticks);
        }
    }
}
