package org.pgagent.repository;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalRange;
import org.pgagent.postgres.WalSegmentSize;

/** Records of backups that have nothing but bounds. */
public final class SampleRecord {
    private SampleRecord() {}

    /** The record of a backup on one timeline, in a state that can be restored. */
    public static BackupRecord of(String id, Timeline timeline, Lsn start, Lsn stop, WalSegmentSize size) {
        Instant startedAt = Instant.parse(id.replaceFirst("(....)(..)(..)T(..)(..)(..)Z-.", "$1-$2-$3T$4:$5:$6Z"));
        BackupSource source = new BackupSource(
                SystemIdentifier.parse("7386812345678901234"),
                170002,
                8192,
                8192,
                size.bytes(),
                true,
                false,
                Instant.parse("2026-11-01T00:00:00Z"),
                false,
                Map.of(),
                List.of(),
                Map.of(),
                null);
        return BackupRecord.running(
                        new BackupId(id),
                        id.endsWith("F") ? BackupKind.FULL : BackupKind.INCREMENTAL,
                        new BackupRecord.Writer("sample", 1, "test"),
                        source)
                .withBounds(
                        new BackupRecord.Start(startedAt, timeline, start, "fast", "sample"),
                        new BackupRecord.Stop(
                                startedAt.plusSeconds(60),
                                timeline,
                                stop,
                                List.of(new WalRange(timeline, start, stop)),
                                700L,
                                startedAt.plusSeconds(70)))
                .withState(BackupState.OK, null);
    }
}
