package io.github.camelmasterlite.file;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;

/**
 * File names for lock names. No name leaves the root, no two names share a file (also on disks that ignore case), and none collides with the
 * files kept beside a lock. Names of lower-case letters, digits and {@code - _ .} keep their name, so that people and other programs that lock by
 * name find the same file.
 */
final class LockNames {

    static final String EPOCH = ".epoch";
    static final String LEADER = ".leader";
    static final String TEMPORARY = ".tmp";

    /** What a file begins with that only finds out what a file system can do; no encoded name begins with a dot. */
    static final String PROBE = ".probe-";

    /** Longer names end in a hash: the common limit is 255 bytes, and {@value #LEADER} and {@value #TEMPORARY} are appended. */
    private static final int MAX_ENCODED = 180;

    private static final int KEPT_OF_LONG = 100;

    private static final Set<String> RESERVED_ON_WINDOWS = Set.of(
            "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt1",
            "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9");

    private LockNames() {}

    /**
     * The file name of a lock.
     *
     * @param lock any non-empty name
     */
    static String encode(String lock) {
        StringBuilder out = new StringBuilder(lock.length() + 16);
        byte[] bytes = bytes(lock);
        for (int i = 0; i < bytes.length; i++) {
            int b = bytes[i] & 0xff;
            boolean keep = (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9') || b == '-' || b == '_';
            boolean innerDot = b == '.' && i > 0 && i < bytes.length - 1 && !endsInOurSuffix(lock, i, bytes.length);
            if (keep || innerDot) {
                out.append((char) b);
            } else {
                percent(out, b);
            }
        }
        if (isReservedOnWindows(out)) {
            int first = out.charAt(0);
            out.deleteCharAt(0);
            StringBuilder escaped = new StringBuilder();
            percent(escaped, first);
            out.insert(0, escaped);
        }
        if (out.length() <= MAX_ENCODED) {
            return out.toString();
        }
        // "%%" never comes from the encoding above, so a hashed name meets no plain one.
        return out.substring(0, KEPT_OF_LONG) + "%%" + sha256(bytes);
    }

    /** Whether a text can have come from {@link #encode}, with an ending: it names a file in a directory and nothing outside of it. */
    static boolean isEncoded(String name) {
        if (name.isEmpty() || name.length() > 255 || name.charAt(0) == '.') {
            return false;
        }
        return name.chars()
                .allMatch(c -> (c >= 'a' && c <= 'z')
                        || (c >= '0' && c <= '9')
                        || c == '-'
                        || c == '_'
                        || c == '.'
                        || c == '%');
    }

    /** UTF-8; half a surrogate pair, which UTF-8 cannot say and Java replaces by a question mark, becomes bytes that are no UTF-8. */
    private static byte[] bytes(String lock) {
        byte[] utf8 = lock.getBytes(StandardCharsets.UTF_8);
        if (new String(utf8, StandardCharsets.UTF_8).equals(lock)) {
            return utf8;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < lock.length(); i++) {
            char c = lock.charAt(i);
            out.write(0xff);
            out.write(c >> 8);
            out.write(c);
        }
        return out.toByteArray();
    }

    /** Whether the dot at {@code i} begins one of the endings kept beside a lock. */
    private static boolean endsInOurSuffix(String lock, int i, int byteLength) {
        if (lock.length() != byteLength) {
            // Positions in bytes and characters differ: not worth the precision, the dot is encoded.
            return true;
        }
        String rest = lock.substring(i);
        return rest.equals(EPOCH) || rest.equals(LEADER) || rest.equals(TEMPORARY);
    }

    private static boolean isReservedOnWindows(CharSequence name) {
        String whole = name.toString();
        int dot = whole.indexOf('.');
        return RESERVED_ON_WINDOWS.contains(dot < 0 ? whole : whole.substring(0, dot));
    }

    private static void percent(StringBuilder out, int b) {
        out.append('%').append(Character.forDigit(b >> 4, 16)).append(Character.forDigit(b & 0xf, 16));
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
