package org.pgagent.backup;

import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether databases were created while a backup was taken (the manual's caveats of continuous archiving): before PostgreSQL
 * 15 a new database is a copy of files, and its recovery copies the template's files as they are in the backup, which may have
 * later changes. Since then only one with {@code STRATEGY = FILE_COPY} is, which cannot be told from the others.
 *
 * @param before the oids of the databases before the copy
 */
record DatabaseCheck(int major, Set<Long> before) {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseCheck.class);
    private static final int LOGGED_SINCE = 15;

    DatabaseCheck {
        before = Set.copyOf(before);
    }

    void atEnd(Set<Long> after) {
        Set<Long> created = new TreeSet<>(after);
        created.removeAll(before);
        if (!created.isEmpty() && major < LOGGED_SINCE) {
            LOG.warn(
                    "databases were created during the backup: if their templates were changed meanwhile, these databases may come"
                            + " back with those changes oids={}",
                    created);
        }
    }
}
