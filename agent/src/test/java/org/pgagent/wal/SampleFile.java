package org.pgagent.wal;

import static org.pgagent.wal.SampleWal.segment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.ClusterDescription;

/** One archive file of each kind that takes its own way through the code. */
enum SampleFile {
    SEGMENT(1 << 20, "lz4"),
    /** Goes in two parts, and comes back with two requests. */
    LONG_SEGMENT(32 << 20, "none"),
    PARTIAL(1 << 20, "zstd"),
    BACKUP_HISTORY(1 << 20, "lz4"),
    HISTORY(1 << 20, "none");

    private final int segmentSize;
    private final String compression;

    SampleFile(int segmentSize, String compression) {
        this.segmentSize = segmentSize;
        this.compression = compression;
    }

    WalSegmentSize size() {
        return new WalSegmentSize(segmentSize);
    }

    String compression() {
        return compression;
    }

    ClusterDescription cluster() {
        return SampleWal.cluster(size());
    }

    String fileName() {
        String segment = segment(3, size()).fileName();
        return switch (this) {
            case SEGMENT, LONG_SEGMENT -> segment;
            case PARTIAL -> segment + ".partial";
            case BACKUP_HISTORY -> segment + ".00000028.backup";
            case HISTORY -> "00000002.history";
        };
    }

    /** Writes the file; its content depends on the seed. */
    Path write(Path directory, long seed) throws IOException {
        Path file = directory.resolve(fileName());
        return switch (this) {
            case SEGMENT, LONG_SEGMENT, PARTIAL -> Files.write(file, SampleWal.bytes(segment(3, size()), seed));
            case BACKUP_HISTORY -> Files.writeString(file, "START WAL LOCATION: 0/" + seed + "000028\n");
            case HISTORY -> SampleWal.writeHistory(directory, new Timeline(2), new Lsn(seed << 24));
        };
    }
}
