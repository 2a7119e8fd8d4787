package org.pgagent.command.report;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgagent.catalog.RecoverySurvey;
import org.pgagent.catalog.RecoveryWindow;
import org.pgagent.catalog.WalInventory;
import org.pgagent.catalog.WalInventory.Run;
import org.pgagent.catalog.WalInventory.TimelineWal;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterDescription;
import org.pgagent.repository.RestorePoint;
import org.pgagent.repository.SampleRecord;

/** Contents of reports, made without a repository. */
public final class SampleContent {
    public static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");

    private static final WalSegmentSize SIZE = WalSegmentSize.DEFAULT;
    private static final String CLUSTER = "main";

    private SampleContent() {}

    static Lsn lsn(long segment) {
        return new Lsn(segment * SIZE.bytes());
    }

    static SegmentRange range(long timeline, long first, long last) {
        return new SegmentRange(
                new WalSegment(new Timeline(timeline), first, SIZE),
                new WalSegment(new Timeline(timeline), last, SIZE));
    }

    /** A backup that needs a segment's WAL. */
    static BackupRecord backup(Instant at, long timeline, long segment) {
        BackupKind kind = segment % 7 == 0 ? BackupKind.FULL : BackupKind.INCREMENTAL;
        return SampleRecord.of(
                        BackupId.of(at, kind).value(),
                        new Timeline(timeline),
                        lsn(segment).plus(40),
                        lsn(segment).plus(80),
                        SIZE)
                .withContent(
                        new BackupRecord.Totals(10, 1, 0, 1L << 34, 1L << 34, 1L << 30, 0, "lz4", 1 << 20),
                        List.of(new BackupRecord.Pack(1, 1L << 30, "00000000")),
                        null);
    }

    /** What can be recovered from a backup, up to a time and a segment. */
    static RecoveryWindow window(BackupRecord backup, Timeline timeline, Run until, RecoveryWindow.Then then) {
        return new RecoveryWindow(backup, timeline, until.range().last().end(), until.lastStoredAt(), then);
    }

    static ReportContent of(
            List<BackupRecord> backups, List<TimelineWal> wal, List<RecoveryWindow> windows, List<SegmentRange> gaps) {
        ClusterDescription cluster =
                new ClusterDescription(1, SystemIdentifier.parse("7386812345678901234"), 17, SIZE.bytes(), NOW, null);
        RecoverySurvey survey = new RecoverySurvey(new WalInventory(wal), List.of(), gaps, windows, List.of());
        BackupRecords.Listed listed = new BackupRecords.Listed(backups, List.of());
        return new ReportContent(
                "s3://backups",
                CLUSTER,
                NOW,
                "0.1.0",
                listed,
                listed,
                Optional.of(new ReportContent.Archive(cluster, survey)),
                List.of());
    }

    /** So many backups, two hours from each other, each of which can be restored to its own end and no further. */
    public static ReportContent crowded(int count) {
        List<BackupRecord> backups = new ArrayList<>();
        List<RecoveryWindow> windows = new ArrayList<>();
        List<RestorePoint> points = new ArrayList<>();
        Timeline timeline = new Timeline(1);
        for (int i = 0; i < count; i++) {
            Instant at = NOW.minus(Duration.ofHours(2L * (count - i)));
            BackupRecord backup = backup(at, 1, i * 2L + 2);
            backups.add(backup);
            Run run = new Run(range(1, i * 2L + 2, i * 2L + 2), at.plusSeconds(70));
            windows.add(window(backup, timeline, run, RecoveryWindow.Then.EXPIRED));
            if (points.size() < ReportContent.POINTS_MAX) {
                points.add(RestorePoint.of("point-" + i, at, timeline, lsn(i)));
            }
        }
        TimelineWal wal = new TimelineWal(
                TimelineHistory.withoutAncestors(timeline),
                null,
                List.of(new Run(range(1, 1, 2L * count), NOW)),
                count,
                count);
        ReportContent content = of(backups, List.of(wal), windows, List.of());
        return new ReportContent(
                content.repository(),
                content.cluster(),
                NOW,
                content.writtenBy(),
                content.all(),
                content.listed(),
                content.archive(),
                points);
    }
}
