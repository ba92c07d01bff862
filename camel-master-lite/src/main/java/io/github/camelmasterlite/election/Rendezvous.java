package io.github.camelmasterlite.election;

import java.util.Collection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The order in which members are candidates for a lock, the same for all members without a word between them: highest random weight (Thaler and
 * Ravishankar, "Using name-based mappings to increase hit rates", 1998). Different locks prefer different members.
 */
final class Rendezvous {

    private Rendezvous() {}

    /**
     * How many members come before {@code member}.
     *
     * @param excluded a member that does not count; null for none
     */
    static int rank(String lock, String member, Collection<String> members, @Nullable String excluded) {
        long own = weight(lock, member);
        int before = 0;
        for (String other : members) {
            if (other.equals(member) || Objects.equals(other, excluded)) {
                continue;
            }
            int order = Long.compareUnsigned(weight(lock, other), own);
            if (order > 0 || (order == 0 && other.compareTo(member) < 0)) {
                before++;
            }
        }
        return before;
    }

    /** FNV-1a over both names and the finalizer of MurmurHash3, which spreads names that differ in one character over the whole range. */
    static long weight(String lock, String member) {
        long hash = fnv(fnv(0xcbf29ce484222325L, lock) ^ 0xff, member);
        hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
        hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return hash ^ (hash >>> 33);
    }

    private static long fnv(long start, String text) {
        long hash = start;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return hash;
    }
}
