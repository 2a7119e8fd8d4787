package org.pgagent.repository;

import java.util.List;
import org.pgagent.postgres.DataPath;

/**
 * What a manifest says after its files.
 *
 * @param record the backup as its record has it, with state DONE and without the manifest's own sum
 * @param backupLabel the content of {@code backup_label}, byte for byte as the server gave it, in UTF-8
 * @param tablespaceMap the content of {@code tablespace_map}; empty if the server gave none
 * @param badPages pages that failed their checksum and are stored as they were read; at most {@link #BAD_PAGES_MAX}
 */
public record ManifestTrailer(BackupRecord record, String backupLabel, String tablespaceMap, List<BadPage> badPages) {
    public static final int BAD_PAGES_MAX = 10_000;

    public ManifestTrailer {
        badPages = List.copyOf(badPages);
    }

    /** A page that failed its checksum: the file, and the block number within the whole fork. */
    public record BadPage(DataPath file, long block) {}
}
