package io.github.camelmasterlite.kubernetes;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Names of locks as names of Kubernetes: any lock has one, and two locks never share one. Where camel-kubernetes maps a name without loss, it is the same here; all others end with a
 * hash of the lock's name.
 */
final class LockNames {

    /** RFC 1123 subdomains: what most objects may be called. */
    private static final Pattern SUBDOMAIN =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

    private static final int MAX_NAME = 253;
    private static final int MAX_LABEL = 63;
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?");
    private static final Pattern DATA_KEY = Pattern.compile("[-._a-zA-Z0-9]+");

    /** What a name with a hash ends with. A lock whose own name ends so gets a hash as well, so that no two meet. */
    private static final Pattern HASHED = Pattern.compile(".*-cml-[0-9a-f]{24}", Pattern.DOTALL);

    private LockNames() {}

    /** Whether most objects may be called so. */
    static boolean isSubdomain(String name) {
        return name.length() <= MAX_NAME && SUBDOMAIN.matcher(name).matches();
    }

    /** The name of the Lease of a lock. */
    static String lease(String prefix, String lock) {
        String plain = prefix + "-" + lock;
        if (isSubdomain(plain) && !HASHED.matcher(plain).matches()) {
            return plain;
        }
        String stem =
                plain.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+", "");
        return hashed(stem, plain, MAX_NAME);
    }

    /** The end of the keys of a lock in a ConfigMap; {@code longestPrefix} is how much is put before it at most. */
    static String dataKey(String lock, int longestPrefix) {
        int max = MAX_NAME - longestPrefix;
        if (lock.length() <= max
                && DATA_KEY.matcher(lock).matches()
                && !HASHED.matcher(lock).matches()) {
            return lock;
        }
        return hashed(lock.replaceAll("[^-._a-zA-Z0-9]+", "-"), lock, max);
    }

    /** Text as the value of a label. */
    static String labelValue(String text) {
        if (text.length() <= MAX_LABEL
                && LABEL.matcher(text).matches()
                && !HASHED.matcher(text).matches()) {
            return text;
        }
        return hashed(text.replaceAll("[^-_.a-zA-Z0-9]+", "-").replaceAll("^[^a-zA-Z0-9]+", ""), text, MAX_LABEL);
    }

    private static String hashed(String stem, String whole, int max) {
        String suffix = "-cml-" + hash(whole);
        String kept = stem.substring(0, Math.min(stem.length(), max - suffix.length()));
        String trimmed = kept.replaceAll("[^a-zA-Z0-9]+$", "");
        return (trimmed.isEmpty() ? "x" : trimmed) + suffix;
    }

    private static String hash(String text) {
        try {
            // The chars themselves: an encoding would map different broken surrogates to one question mark.
            ByteBuffer chars = ByteBuffer.allocate(2 * text.length());
            chars.asCharBuffer().put(text);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(chars.array()), 0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
