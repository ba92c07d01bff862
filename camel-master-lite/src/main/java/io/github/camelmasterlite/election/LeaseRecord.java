package io.github.camelmasterlite.election;

import io.github.camelmasterlite.Spi;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a store holds for one lock, whoever wrote it: this project, another library, or a person.
 *
 * <p>Wall-clock times in it are for people. Nobody decides by comparing them with a clock; that they differ from what was seen before says that the
 * holder is alive (law 2, law 13).
 *
 * @param holder           the id of the member that holds the lease; empty if it was given up
 * @param signature        what this project adds to each record it writes; null if there is none, as in the records of other libraries
 * @param duration         for how long the lease holds unless it is renewed; null if the record does not say
 * @param acquiredAtMicros wall-clock time of the acquisition in microseconds since the epoch; 0 if the record does not say
 * @param renewedAtMicros  wall-clock time of the last renewal in microseconds since the epoch, and strictly more than before the renewal; 0 if the
 *                         record does not say
 * @param term             how many tenures the lock has had
 */
@Spi
public record LeaseRecord(
        String holder,
        @Nullable Signature signature,
        @Nullable Duration duration,
        long acquiredAtMicros,
        long renewedAtMicros,
        long term) {

    /**
     * Says which incarnation of a member wrote a record, and ties that to the rest of it: other libraries keep annotations that they do not know, so
     * the incarnation alone may be a leftover of an earlier record.
     *
     * @param incarnation     unique per start of an election, never reused
     * @param term            the term of the record it was written with
     * @param renewedAtMicros the renewal time of the record it was written with
     * @param released        whether the incarnation gave the lease up with this record, after its work had ended
     */
    public record Signature(String incarnation, long term, long renewedAtMicros, boolean released) {

        private static final String HELD = "held";
        private static final String RELEASED = "released";

        /** One line of text, for stores that keep it as such: incarnation, term, renewal time and state, divided by slashes. */
        public String toText() {
            return incarnation + "/" + term + "/" + renewedAtMicros + "/" + (released ? RELEASED : HELD);
        }

        /**
         * Reads what {@link #toText()} wrote.
         *
         * @return null if it is anything else
         */
        public static @Nullable Signature fromText(@Nullable String text) {
            if (text == null) {
                return null;
            }
            String[] parts = text.split("/", -1);
            boolean released = parts.length == 4 && parts[3].equals(RELEASED);
            if (parts.length != 4 || parts[0].isEmpty() || !(released || parts[3].equals(HELD))) {
                return null;
            }
            try {
                return new Signature(parts[0], Long.parseLong(parts[1]), Long.parseLong(parts[2]), released);
            } catch (NumberFormatException e) {
                return null;
            }
        }
    }

    /** Whether somebody holds the lease, as far as the record says. */
    public boolean isHeld() {
        return !holder.isEmpty();
    }

    /** Whether the signature was written together with everything else. */
    public boolean isSigned() {
        return signature != null
                && signature.term() == term
                && signature.renewedAtMicros() == renewedAtMicros
                && signature.released() == holder.isEmpty();
    }
}
