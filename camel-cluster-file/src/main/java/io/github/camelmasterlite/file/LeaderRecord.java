package io.github.camelmasterlite.file;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code <lock>.leader} says: who leads, for people and for followers. It never decides who leads; the lock does.
 *
 * @param member        id of the member
 * @param presence      name of the presence file of the member
 * @param scope         within which {@code pid} means something: one boot of one kernel and one process name space; empty if not known
 * @param pid           process id of the leader
 * @param started wall-clock start of that process, so that a reused process id is not mistaken for it; 0 if not known
 * @param epoch         the fencing token of the tenure
 * @param term          counts the tenures
 * @param since         wall-clock begin of the tenure, ISO-8601
 * @param state         where the tenure stands
 */
record LeaderRecord(
        String member,
        String presence,
        String scope,
        long pid,
        long started,
        long epoch,
        long term,
        String since,
        State state) {

    /** No epoch that was ever written is greater; what is cannot be counted up for ever and is garbage. */
    static final long MAX_EPOCH = Long.MAX_VALUE / 2;

    /** Where a tenure stands. */
    enum State {
        /** Obtained, but a leader before may still be at work. */
        SETTLING,
        /** Its work may run. */
        LEADING,
        /** Given up after its work had ended. */
        RELEASED
    }

    LeaderRecord with(State next) {
        return new LeaderRecord(member, presence, scope, pid, started, epoch, term, since, next);
    }

    ProcessMark mark() {
        return new ProcessMark(scope, pid, started);
    }

    boolean released() {
        return state == State.RELEASED;
    }

    String write() {
        return "member=" + escape(member) + "\nstate=" + state.name().toLowerCase(Locale.ROOT) + "\nepoch=" + epoch
                + "\nterm=" + term
                + "\nsince=" + escape(since) + "\npid=" + pid + "\nstarted=" + started + "\nscope="
                + escape(scope) + "\npresence="
                + escape(presence) + "\n";
    }

    /** Reads what {@link #write()} wrote; null if it is anything else. */
    static @Nullable LeaderRecord parse(String text) {
        Map<String, String> values = new HashMap<>();
        for (String line : text.split("\n", -1)) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                values.put(line.substring(0, equals), unescape(line.substring(equals + 1)));
            }
        }
        String member = values.get("member");
        String presence = values.get("presence");
        String state = values.get("state");
        if (member == null
                || presence == null
                || !LockNames.isEncoded(presence)
                || state == null
                || !text.endsWith("\n")) {
            return null;
        }
        try {
            LeaderRecord read = new LeaderRecord(
                    member,
                    presence,
                    values.getOrDefault("scope", ""),
                    Long.parseLong(values.getOrDefault("pid", "")),
                    Long.parseLong(values.getOrDefault("started", "")),
                    Long.parseLong(values.getOrDefault("epoch", "")),
                    Long.parseLong(values.getOrDefault("term", "")),
                    values.getOrDefault("since", ""),
                    State.valueOf(state.toUpperCase(Locale.ROOT)));
            return read.epoch < 0 || read.epoch > MAX_EPOCH || read.term < 0 ? null : read;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static String escape(String value) {
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }

    private static String unescape(String value) {
        StringBuilder out = new StringBuilder(value.length());
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c != '\\' || i + 1 == value.length()) {
                out.append(c);
                continue;
            }
            char next = value.charAt(++i);
            out.append(next == 'n' ? '\n' : next == 'r' ? '\r' : next);
        }
        return out.toString();
    }
}
