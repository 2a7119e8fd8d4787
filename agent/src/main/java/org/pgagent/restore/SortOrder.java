package org.pgagent.restore;

import java.util.Optional;
import java.util.regex.Pattern;
import org.pgagent.repository.BackupSource;

/**
 * Whether this host's C library sorts text as that of the source: if not, indexes of text columns are in another order than
 * the server goes by, finds miss rows, and unique ones let duplicates in (the manual on ALTER COLLATION ... REFRESH VERSION).
 */
final class SortOrder {
    /** What {@code getconf GNU_LIBC_VERSION} prints. */
    private static final Pattern VERSION = Pattern.compile("glibc (\\S+)");

    private SortOrder() {}

    static Optional<String> warning(BackupSource source) {
        if (source.glibc() == null) {
            return Optional.empty();
        }
        return ofThisHost()
                .filter(version -> !version.equals(source.glibc()))
                .map(version -> "the source sorts text by the rules of glibc " + source.glibc()
                        + ", and this host has glibc " + version
                        + ": where the rules differ, indexes of text are out of order here until they are made anew (REINDEX);"
                        + " 'pg_amcheck --heapallindexed' finds those");
    }

    /** Empty where the host has another C library, or does not say. */
    private static Optional<String> ofThisHost() {
        return ProgramAnswer.find(VERSION, "getconf", "GNU_LIBC_VERSION");
    }
}
