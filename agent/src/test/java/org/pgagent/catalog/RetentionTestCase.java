package org.pgagent.catalog;

import static org.pgagent.catalog.SampleArchive.KEYS;
import static org.pgagent.catalog.SampleArchive.SIZE;
import static org.pgagent.catalog.SampleArchive.lsn;
import static org.pgagent.catalog.SampleArchive.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.pgagent.kit.ManualClock;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.PackId;
import org.pgagent.repository.SampleRecord;
import org.pgagent.repository.WalObjectHeader;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;
import org.pgagent.wal.SampleWal;

/** A cluster's backups and WAL, as a test stores them, and expiries of it. */
abstract class RetentionTestCase {
    static final TimelineHistory FIRST = TimelineHistory.withoutAncestors(Timeline.FIRST);

    final ManualClock clock = new ManualClock();
    final MemoryObjectStore store = new MemoryObjectStore(clock);
    final BackupRecords records = new BackupRecords(store, KEYS);

    void put(ObjectKey key) throws IOException {
        store.put(key, ByteBuffer.allocate(WalObjectHeader.BYTES + 1), WriteCondition.always());
    }

    void wal(long timeline, long first, long last) throws IOException {
        for (long number = first; number <= last; number++) {
            put(KEYS.walFile(segment(timeline, number).fileName()));
            clock.advance(Duration.ofMinutes(10));
        }
    }

    void history(TimelineHistory history) throws IOException {
        SampleWal.storeHistory(
                new WalObjects(store, KEYS),
                history.timeline(),
                history.ancestors().stream()
                        .map(entry -> entry.timeline() + "\t" + entry.switchPoint() + "\tx\n")
                        .collect(Collectors.joining()));
    }

    /** A full backup, with its WAL. */
    BackupRecord backup(long timeline, long first, long last) throws IOException {
        return backup(timeline, first, last, Duration.ZERO);
    }

    /** A full backup, with its WAL, of a server whose clock is ahead. */
    BackupRecord backup(long timeline, long first, long last, Duration serverAhead) throws IOException {
        wal(timeline, first, last);
        clock.advance(Duration.ofSeconds(5));
        BackupId id = BackupId.of(clock.instant(), BackupKind.FULL);
        BackupRecord sample = SampleRecord.of(id.value(), new Timeline(timeline), lsn(first, 3), lsn(last, 5), SIZE);
        BackupRecord.Stop stop = sample.stop();
        BackupRecord record = sample.withBounds(
                        sample.start(),
                        new BackupRecord.Stop(
                                clock.instant().plus(serverAhead),
                                stop.timeline(),
                                stop.lsn(),
                                stop.wal(),
                                stop.xid(),
                                stop.finishedAt()))
                .withContent(null, List.of(new BackupRecord.Pack(0, 10, "00000000")), null)
                .withState(BackupState.OK, null);
        records.create(record);
        put(KEYS.manifest(id));
        put(KEYS.pack(new PackId(id, 0)));
        return record;
    }

    void damage(BackupRecord backup) throws IOException {
        records.replace(
                records.read(backup.id()).orElseThrow(), backup.withState(BackupState.CORRUPT, "a pack is missing"));
    }

    boolean isThere(BackupRecord backup) throws IOException {
        return records.find(backup.id()).orElseThrow().isComplete();
    }

    boolean isThere(long timeline, long number) throws IOException {
        return store.head(KEYS.walFile(segment(timeline, number).fileName())).isPresent();
    }

    BackupRemoval removal(ObjectStore through) {
        return new BackupRemoval(through, KEYS, clock, new SplittableRandom(1));
    }

    Expiry.Outcome expire(RetentionPolicy policy) throws IOException {
        return expire(store, policy);
    }

    Expiry.Outcome expire(ObjectStore through, RetentionPolicy policy) throws IOException {
        return new Expiry(through, KEYS, removal(through), clock).run(policy, SIZE);
    }

    static RetentionPolicy keepFull(int count) {
        return new RetentionPolicy(OptionalInt.of(count), Optional.empty(), Optional.empty(), KeepCalendar.NONE);
    }

    static RetentionPolicy keep(String calendar) {
        return new RetentionPolicy(
                OptionalInt.empty(), Optional.empty(), Optional.empty(), KeepCalendar.parse(calendar));
    }

    /** A window that begins when a segment was stored. */
    RetentionPolicy keepSince(long timeline, long number) throws IOException {
        Duration since = Duration.between(
                store.head(KEYS.walFile(segment(timeline, number).fileName()))
                        .orElseThrow()
                        .lastModified(),
                clock.instant());
        return new RetentionPolicy(OptionalInt.empty(), Optional.of(since), Optional.empty(), KeepCalendar.NONE);
    }
}
