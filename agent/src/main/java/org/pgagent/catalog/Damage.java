package org.pgagent.catalog;

import java.util.Optional;
import org.pgagent.storage.ObjectKey;

/**
 * Something of a backup that is missing, or is not what was stored.
 *
 * @param object what lies in the store
 * @param problem what is wrong with it, to be said after its name
 * @param file the file of the backup that cannot be restored because of it; empty if no file can be named
 */
public record Damage(Kind kind, ObjectKey object, String problem, Optional<DamagedFile> file) {
    /** What is damaged. */
    public enum Kind {
        /** The record. */
        RECORD,
        MANIFEST,
        PACK,
        /** Pages that fail their checksum, although every byte is as it was read when the backup was taken. */
        PAGES,
        WAL
    }

    @Override
    public String toString() {
        return object + " " + problem;
    }
}
