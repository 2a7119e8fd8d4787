package org.pgagent.command;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.Annotations;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ClusterDescription;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.Pin;
import org.pgagent.repository.RepositoryJson;
import org.pgagent.repository.RestorePoint;
import org.pgagent.repository.SampleRecord;
import org.pgagent.repository.Validation;
import org.pgagent.repository.WalGap;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.FileObjectStore;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.wal.SampleWal;

/**
 * A repository with a past: records and the names of WAL segments, of which one is stored every two hours. What is in them is not
 * there, for a report does not read it.
 */
final class ReportScene {
    static final WalSegmentSize SIZE = WalSegmentSize.DEFAULT;

    private static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));
    private static final Duration SEGMENT_TIME = Duration.ofHours(2);
    private static final long FIRST_SEGMENT = 0x5ABC00;
    private static final long STORED_SEGMENT_BYTES = 6 << 20;
    private static final long GIB = 1L << 30;

    private final Path bucket;
    private final Instant begin;
    private final Instant now;

    /** A scene that began so many days ago. */
    ReportScene(Path bucket, int days) {
        this.bucket = bucket;
        this.now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        this.begin = now.minus(Duration.ofDays(days));
    }

    Instant now() {
        return now;
    }

    Instant day(double days) {
        return begin.plusSeconds((long) (days * 86_400));
    }

    private Path put(ObjectKey key, byte[] bytes) throws IOException {
        Path file = bucket.resolve(key.value());
        Files.createDirectories(file.getParent());
        return Files.write(file, bytes);
    }

    private Path put(ObjectKey key, Object document) throws IOException {
        return put(key, RepositoryJson.mapper().writeValueAsBytes(document));
    }

    ReportScene describe() throws IOException {
        put(
                KEYS.description(),
                new ClusterDescription(
                        1, SystemIdentifier.parse("7386812345678901234"), 17, SIZE.bytes(), begin, null));
        return this;
    }

    /** The segment that is written at a time. */
    private WalSegment segmentAt(long timeline, Instant time) {
        long number = FIRST_SEGMENT + Duration.between(begin, time).dividedBy(SEGMENT_TIME);
        return new WalSegment(new Timeline(timeline), number, SIZE);
    }

    private Lsn lsnAt(Instant time) {
        long into = Duration.between(begin, time).toMillis() % SEGMENT_TIME.toMillis();
        return segmentAt(1, time).start().plus(into * (SIZE.bytes() - 100) / SEGMENT_TIME.toMillis() + 40);
    }

    /** All segments of a timeline that were full between two times. */
    ReportScene archive(long timeline, Instant from, Instant to) throws IOException {
        WalSegment segment = segmentAt(timeline, from);
        while (segment.number() < segmentAt(timeline, to).number()) {
            Path file = put(KEYS.walFile(segment.fileName()), new byte[0]);
            try (RandomAccessFile holes = new RandomAccessFile(file.toFile(), "rw")) {
                holes.setLength(STORED_SEGMENT_BYTES);
            }
            Instant full = begin.plus(SEGMENT_TIME.multipliedBy(segment.number() - FIRST_SEGMENT + 1));
            Files.setLastModifiedTime(file, FileTime.from(full));
            segment = segment.next();
        }
        return this;
    }

    /** Takes segments of between two times away, and notes the gap. */
    ReportScene lose(long timeline, Instant from, Instant to) throws IOException {
        SegmentRange gap = new SegmentRange(segmentAt(timeline, from), segmentAt(timeline, to));
        for (WalSegment lost = gap.first(); lost.number() <= gap.last().number(); lost = lost.next()) {
            Files.delete(bucket.resolve(KEYS.walFile(lost.fileName()).value()));
        }
        put(KEYS.walGap(gap), WalGap.of(gap, to, "db1"));
        return this;
    }

    /** A timeline begins where another one was left. */
    ReportScene fork(long timeline, long parent, Instant at) throws IOException {
        String line = parent + "\t" + lsnAt(at) + "\tno recovery target specified\n";
        try (ObjectStore store = FileObjectStore.open(bucket, new SplittableRandom())) {
            SampleWal.storeHistory(new WalObjects(store, KEYS), new Timeline(timeline), line);
        }
        Files.setLastModifiedTime(
                bucket.resolve(KEYS.history(new Timeline(timeline)).value()), FileTime.from(at));
        return this;
    }

    /** A whole backup that was taken at a time. */
    BackupRecord backup(Instant at, long timeline, BackupKind kind) {
        String id = BackupId.of(at, kind).value();
        BackupRecord bare = SampleRecord.of(id, new Timeline(timeline), lsnAt(at), lsnAt(at.plusSeconds(1500)), SIZE);
        long cluster = (long) (GIB * (180 + Duration.between(begin, at).toDays() * 1.4));
        long stored = kind == BackupKind.FULL
                ? cluster * 3 / 8
                : GIB * 2 + (at.getEpochSecond() / 1000 * 7919 % 97) * (GIB / 40);
        BackupRecord.Stop stop = bare.stop();
        return bare.withBounds(
                        bare.start(),
                        new BackupRecord.Stop(
                                at.plusSeconds(1500),
                                stop.timeline(),
                                stop.lsn(),
                                stop.wal(),
                                stop.xid(),
                                at.plusSeconds(kind == BackupKind.FULL ? 2600 : 1530)))
                .withContent(
                        new BackupRecord.Totals(21_000, 30, 0, cluster, cluster, stored, 0, "lz4", 1 << 20),
                        List.of(new BackupRecord.Pack(1, stored, "00000000")),
                        null)
                .validated(new Validation(at.plusSeconds(2700), Validation.Depth.QUICK, "0.1.0", 0, null), null);
    }

    ReportScene store(BackupRecord record) throws IOException {
        put(KEYS.backupRecord(record.id()), record);
        return this;
    }

    ReportScene point(String name, Instant at, long timeline) throws IOException {
        RestorePoint point = RestorePoint.of(name, at, new Timeline(timeline), lsnAt(at));
        put(
                new ObjectKey("main/restore-points/"
                        + BackupId.of(at, BackupKind.FULL).value().substring(0, 16) + "-"
                        + String.format(
                                "%08X-%016X-%s.json", timeline, point.lsn().value(), name)),
                point);
        return this;
    }

    /** A backup every day and a full one every week, changed as a test wants them by their number. */
    ReportScene daily(int days, UnaryOperator<BackupRecord> change, Optional<Instant> failover) throws IOException {
        for (int day = 0; day < days; day++) {
            Instant at = day(day + 0.1);
            if (at.isAfter(now)) {
                return this;
            }
            long timeline = failover.filter(at::isAfter).isPresent() ? 2 : 1;
            store(change.apply(backup(at, timeline, day % 7 == 0 ? BackupKind.FULL : BackupKind.INCREMENTAL)));
        }
        return this;
    }

    /** Six weeks with a failover, lost WAL, a damaged backup, one that failed and one that runs. */
    static ReportScene sixWeeks(Path bucket) throws IOException {
        ReportScene scene = new ReportScene(bucket, 42);
        Instant failover = scene.day(27.6);
        scene.describe()
                .archive(1, scene.begin, failover)
                .fork(2, 1, failover)
                .archive(2, failover, scene.now)
                .lose(1, scene.day(18.3), scene.day(18.5))
                .daily(42, scene::eventful, Optional.of(failover));
        BackupRecord failed = scene.backup(scene.day(36.6), 2, BackupKind.INCREMENTAL);
        scene.store(new SampleStates(failed)
                .failed("the connection to the server was lost: FATAL: terminating"
                        + " connection due to administrator command"));
        BackupRecord running = scene.backup(scene.now.minusSeconds(700), 2, BackupKind.INCREMENTAL);
        scene.store(new SampleStates(running).running(scene.now.plusSeconds(600)));
        scene.point("before-release-7", scene.day(14.4), 1)
                .point("before-release-8", scene.day(33.4), 2)
                .point("month-end", scene.day(38.0), 2);
        return scene;
    }

    private BackupRecord eventful(BackupRecord record) {
        long day = Duration.between(begin, record.start().time()).toDays();
        if (day == 14) {
            return record.withPin(new Pin(null, "before release 7"))
                    .withWishes(new Annotations(Map.of("release", "7")), List.of());
        }
        if (day == 35) {
            return record.validated(new Validation(day(40), Validation.Depth.DEEP, "0.1.0", 5, day(40)), null);
        }
        return day == 31
                ? record.validated(
                        new Validation(day(32), Validation.Depth.DEEP, "0.1.0", 5, null),
                        "20261120T024500Z-I/data/1.pack: 3 chunks differ from what was stored")
                : record;
    }

    /** Records of backups that are not complete, made of complete ones. */
    private record SampleStates(BackupRecord complete) {
        private BackupRecord bare() {
            return BackupRecord.running(complete.id(), complete.kind(), complete.writer(), complete.source())
                    .withBounds(complete.start(), null);
        }

        private BackupRecord failed(String reason) {
            return bare().withState(BackupState.ERROR, reason);
        }

        private BackupRecord running(Instant aliveUntil) {
            return bare().withAliveUntil(aliveUntil);
        }
    }
}
