package org.pgagent.restore;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What makes restored directories durable. */
@FunctionalInterface
interface TreeSync {
    /**
     * Makes everything below some directories durable, themselves and their names; links are not followed.
     *
     * @param locked a file that is durable already and must not be opened: closing it would give up this process's locks
     *     on it (POSIX)
     * @throws org.pgagent.error.PgAgentException of kind INTERRUPTED if it was stopped; any other says that something
     *     written before did not reach the disk. What is on the disk is unknown then, and asking again would hide it
     */
    void sync(List<Path> roots, Path locked) throws IOException;
}
