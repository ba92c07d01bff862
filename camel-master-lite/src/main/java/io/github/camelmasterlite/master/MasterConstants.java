package io.github.camelmasterlite.master;

import org.apache.camel.spi.Metadata;

/**
 * The headers of an exchange that came through {@code master:}. They tell under which tenure it was admitted and overwrite what came in.
 * Header filters drop them on the way to other systems: copy the token into the statement, or into a header of your own.
 */
public final class MasterConstants {

    /** The lock, which Camel calls a namespace. */
    @Metadata(
            label = "consumer",
            description = "The lock (namespace) under which the exchange was admitted",
            javaType = "String")
    public static final String LOCK = "CamelMasterLock";

    /** The term of the tenure. Absent with a cluster service that does not count terms. */
    @Metadata(
            label = "consumer",
            description =
                    "The term of the tenure under which the exchange was admitted; rises with every acquisition of the lock. For people: compare tokens, not terms",
            javaType = "Long")
    public static final String TERM = "CamelMasterTerm";

    /** The fencing token of the tenure. Absent with a cluster service that has none. */
    @Metadata(
            label = "consumer",
            description =
                    "The fencing token of the tenure under which the exchange was admitted. Strictly greater than that of every earlier tenure of the lock:"
                            + " a resource that refuses a token lower than the highest it has seen keeps a former leader out",
            javaType = "Long")
    public static final String FENCING_TOKEN = "CamelMasterFencingToken";

    private MasterConstants() {}
}
