package org.pgagent.repository;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import org.pgagent.postgres.DataPath;

/** One line of a manifest: a file, a directory or a link of the data directory. */
public sealed interface ManifestEntry {
    DataPath path();

    /**
     * A directory that a restore creates, also when nothing lies in it.
     *
     * @param mode permission bits, such as 0700
     */
    record Directory(DataPath path, int mode) implements ManifestEntry {}

    /**
     * A symbolic link: a tablespace's below {@code pg_tblspc}. What lies behind it has entries of its own, with paths
     * through the link.
     *
     * @param target the bytes of the link's target
     */
    record Link(DataPath path, LinkTarget target) implements ManifestEntry {}

    /**
     * A regular file.
     *
     * @param crc32c CRC-32C of all the original bytes, as {@code pg_verifybackup} wants it; empty if not all of them were
     *     read when the backup was taken
     * @param linkedTo where the file really was, if the data directory had a link to it
     */
    record RegularFile(
            DataPath path,
            int mode,
            Instant modifiedAt,
            OptionalInt crc32c,
            FileContent content,
            Optional<LinkTarget> linkedTo)
            implements ManifestEntry {
        /** Original bytes. */
        public long size() {
            return content.size();
        }
    }
}
