package org.pgagent.wal;

import java.util.EnumSet;
import java.util.Set;
import org.pgagent.error.ErrorKind;

/**
 * What {@code restore_command} has to answer: PostgreSQL takes the exit statuses from 1 to 125 for the end of the archive, and
 * ends recovery there (xlogarchive.c, RestoreArchivedFile).
 */
public final class RestoreCommandStatus {
    public static final int FETCHED = 0;

    /** Only for what is proven. */
    public static final int NOT_IN_ARCHIVE = 1;

    /** PostgreSQL stops recovery and can be started again. */
    public static final int DOUBT = 126;

    /** As a shell says it of a process that SIGTERM ended; PostgreSQL takes it for its own request to shut down. */
    private static final int TERMINATED = 143;

    private static final Set<ErrorKind> STORE_TROUBLE = EnumSet.of(
            ErrorKind.STORE_UNREACHABLE,
            ErrorKind.STORE_FAILED,
            ErrorKind.STORE_DENIED,
            ErrorKind.STORE_CLOCK_SKEW,
            ErrorKind.STORE_TLS);

    private RestoreCommandStatus() {}

    /** Who asks. */
    public enum Recovery {
        /** A recovery that ends somewhere, and must not end too early. */
        TARGETED,
        /** A server that follows for ever, asks again and again, and would be ended by a doubt. */
        STANDBY
    }

    public static int of(FetchResult result) {
        return switch (result) {
            case FETCHED -> FETCHED;
            case NOT_IN_ARCHIVE -> NOT_IN_ARCHIVE;
        };
    }

    /** The status of a fetch that failed. */
    public static int of(ErrorKind kind, Recovery recovery) {
        if (recovery == Recovery.STANDBY && STORE_TROUBLE.contains(kind)) {
            return NOT_IN_ARCHIVE;
        }
        return kind == ErrorKind.INTERRUPTED ? TERMINATED : DOUBT;
    }
}
