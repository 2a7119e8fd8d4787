package org.pgagent.repository;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
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
     * @param size original bytes; the extents cover them from 0 without gap or overlap, in this order
     * @param crc32c CRC-32C of all the original bytes, as {@code pg_verifybackup} wants it
     * @param linkedTo where the file really was, if the data directory had a link to it
     */
    record RegularFile(
            DataPath path,
            int mode,
            long size,
            Instant modifiedAt,
            int crc32c,
            List<Extent> content,
            Optional<LinkTarget> linkedTo)
            implements ManifestEntry {
        public RegularFile {
            content = List.copyOf(content);
            long covered = 0;
            for (Extent extent : content) {
                if (extent.fileOffset() != covered) {
                    throw new IllegalArgumentException("extent at " + extent.fileOffset() + " of " + path
                            + ", where the one before ends at " + covered);
                }
                covered += extent.originalSize();
            }
            if (covered != size) {
                throw new IllegalArgumentException(
                        "extents of " + path + " cover " + covered + " of " + size + " bytes");
            }
        }
    }
}
