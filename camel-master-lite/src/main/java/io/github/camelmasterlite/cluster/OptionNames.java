package io.github.camelmasterlite.cluster;

import io.github.camelmasterlite.Internal;
import java.util.regex.Pattern;

/** Names of options as people write them, in keys and in variables of the environment. */
@Internal
public final class OptionNames {

    /** What a Service in the namespace of a pod adds to its environment. */
    private static final Pattern SERVICE_LINK =
            Pattern.compile(".*_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\\d+_(TCP|UDP|SCTP)(_.*)?)?)");

    private OptionNames() {}

    /** Whether Kubernetes makes a variable of that name for a Service. */
    public static boolean isServiceLink(String variable) {
        return SERVICE_LINK.matcher(variable).matches();
    }

    /** How many letters must be changed, added or left out to make one of the other. */
    public static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int above = row[j];
                int changed = a.charAt(i - 1) == b.charAt(j - 1) ? diagonal : diagonal + 1;
                row[j] = Math.min(changed, Math.min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[b.length()];
    }
}
