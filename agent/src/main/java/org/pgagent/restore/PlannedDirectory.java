package org.pgagent.restore;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A directory that a restore fills.
 *
 * @param oid of a tablespace
 * @param source where a tablespace was in the source
 * @param bytes what its files take on the disk
 * @param freeBytes what is free on its file system, for all directories there together
 */
public record PlannedDirectory(
        Role role, Optional<String> oid, Optional<Path> source, Path path, long bytes, long freeBytes) {
    /** What lies in a directory. */
    public enum Role {
        DATA_DIRECTORY("data directory"),
        TABLESPACE("directory of a tablespace"),
        WAL("directory for pg_wal");

        private final String text;

        Role(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
