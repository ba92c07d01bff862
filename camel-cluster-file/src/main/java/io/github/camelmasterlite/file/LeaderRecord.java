package io.github.camelmasterlite.file;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32;
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

    /** What every record is filled up to a multiple of, so that one overwrites another whole. */
    private static final int BLOCK = 512;

    private static final String CHECK = "\ncheck=";

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
        return seal("member=" + escape(member) + "\nstate=" + state.name().toLowerCase(Locale.ROOT) + "\nepoch=" + epoch
                + "\nterm=" + term
                + "\nsince=" + escape(since) + "\npid=" + pid + "\nstarted=" + started + "\nscope="
                + escape(scope) + "\npresence="
                + escape(presence));
    }

    /** Lines of a record with their check sum, filled up with blanks. */
    static String seal(String lines) {
        String sealed = lines + CHECK + checkSum(lines);
        int length = sealed.getBytes(StandardCharsets.UTF_8).length + 1;
        return sealed + " ".repeat(Math.floorMod(-length, BLOCK)) + "\n";
    }

    private static String checkSum(String lines) {
        CRC32 sum = new CRC32();
        sum.update(lines.getBytes(StandardCharsets.UTF_8));
        return Long.toHexString(sum.getValue());
    }

    /** Reads what {@link #write()} wrote; null if it is anything else, also a mixture of two records. */
    static @Nullable LeaderRecord parse(String text) {
        Map<String, String> values = unseal(text);
        if (values == null) {
            return null;
        }
        String member = values.get("member");
        String presence = values.get("presence");
        String state = values.get("state");
        if (member == null || presence == null || !LockNames.isEncoded(presence) || state == null) {
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

    /** The values of the lines that {@link #seal} sealed; null if they are not all there, or not from one seal. */
    static @Nullable Map<String, String> unseal(String text) {
        int check = text.indexOf(CHECK);
        int end = check < 0 ? -1 : text.indexOf('\n', check + CHECK.length());
        if (end < 0) {
            return null;
        }
        String lines = text.substring(0, check);
        if (!text.substring(check + CHECK.length(), end).strip().equals(checkSum(lines))) {
            return null;
        }
        Map<String, String> values = new HashMap<>();
        for (String line : lines.split("\n", -1)) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                values.put(line.substring(0, equals), unescape(line.substring(equals + 1)));
            }
        }
        return values;
    }

    static String escape(String value) {
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
