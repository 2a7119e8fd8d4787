package org.pgagent.catalog;

import java.util.List;
import java.util.Optional;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.RelationFile;

/**
 * What of a file is damaged.
 *
 * @param relation whose file it is; empty if it is no relation's
 * @param stretches what of it, at most {@link #STRETCHES_MAX}: blocks within the fork of a relation, bytes of another file
 * @param bytes how much of it in all
 */
public record DamagedFile(DataPath path, Optional<RelationFile> relation, List<Stretch> stretches, long bytes) {
    public static final int STRETCHES_MAX = 20;

    public DamagedFile {
        stretches = List.copyOf(stretches);
    }

    /** Blocks, or bytes, from {@code first} up to but not including {@code end}. */
    public record Stretch(long first, long end) {}
}
