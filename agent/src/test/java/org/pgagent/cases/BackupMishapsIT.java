package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.pgagent.backup.BackupType;
import org.pgagent.backup.BaseBackup;
import org.pgagent.catalog.BackupSelector;
import org.pgagent.catalog.BackupValidation;
import org.pgagent.catalog.ValidationChoice;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.CapturedLog;
import org.pgagent.kit.WatchedObjectStore;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.PackId;
import org.pgagent.repository.Validation;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;
import org.pgagent.transfer.TransferProgress;

/** What happens to a backup, or before it, without its doing. */
final class BackupMishapsIT extends TakenBackups {
    @Test
    void a_backup_whose_parent_is_found_damaged_meanwhile_does_not_count_as_whole() throws IOException {
        BackupId parent = take(store).orElseThrow().record().id();
        BackupRecords records = new BackupRecords(store, KEYS);
        ObjectStore through = WatchedObjectStore.of(store, onceCopying(parent, () -> {
            BackupRecords.Versioned there = records.read(parent).orElseThrow();
            records.replace(there, there.record().withState(BackupState.CORRUPT, "a test found it"));
        }));

        assertThat(take(through, BackupType.INCREMENTAL)).isEmpty();

        List<BackupRecord> all = records.list().records();
        assertThat(all).extracting(BackupRecord::state).containsExactly(BackupState.CORRUPT, BackupState.CORRUPT);
        assertThat(all.get(1).error()).contains(parent.value()).contains("a test found it");
        assertThat(all.get(1).validation().depth()).isEqualTo(Validation.Depth.DEEP);
    }

    /** Else it would have the same damaged chunks once more, and count as whole. */
    @Test
    void what_a_failed_backup_has_stored_and_was_found_damaged_is_not_used_again() throws IOException {
        BackupId failed = takeAndFail();
        BackupRecord first = take(store).orElseThrow().record();
        assertThat(first.neededPacks())
                .isNotEmpty()
                .allMatch(pack -> pack.backup().equals(failed));
        for (PackId pack : first.neededPacks()) {
            flipBytes(KEYS.pack(pack));
        }
        assertThat(validateDeep(first.id())).isEqualTo(BackupState.CORRUPT);

        BackupRecord next = take(store).orElseThrow().record();

        assertThat(next.resumes()).isNull();
        assertThat(validateDeep(next.id())).isEqualTo(BackupState.OK);
    }

    @Test
    void a_backup_that_uses_what_is_found_damaged_meanwhile_does_not_count_as_whole() throws IOException {
        BackupId failed = takeAndFail();
        BackupRecords records = new BackupRecords(store, KEYS);
        ObjectStore through = WatchedObjectStore.of(store, onceCopying(failed, () -> {
            BackupRecords.Versioned there = records.read(failed).orElseThrow();
            records.replace(there, there.record().foundDamaged(Instant.now()));
        }));

        assertThat(take(through)).isEmpty();

        BackupRecord last = records.list().records().get(1);
        assertThat(last.neededPacks()).anyMatch(pack -> pack.backup().equals(failed));
        assertThat(last.state()).isEqualTo(BackupState.CORRUPT);
        assertThat(last.error()).contains(failed.value());
    }

    /** A backup that came to nothing after it had stored a pack. */
    private static BackupId takeAndFail() throws IOException {
        ObjectStore failing = WatchedObjectStore.of(store, onceCopying(new BackupId("20260101T000000Z-F"), () -> {
            throw new PgAgentException(ErrorKind.STORE_FAILED, "a test refuses this", "Nobody can help.");
        }));
        assertThat(take(failing)).isEmpty();
        BackupRecord record = new BackupRecords(store, KEYS).list().records().get(0);
        assertThat(record.state()).isEqualTo(BackupState.ERROR);
        return record.id();
    }

    private interface Happening {
        void now() throws IOException;
    }

    /** Once a backup has stored something that is not of another one. */
    private static WatchedObjectStore.Watch onceCopying(BackupId other, Happening happening) {
        AtomicBoolean happened = new AtomicBoolean();
        return (number, call) -> {
            boolean copying = !happened.get()
                    && store.list(KEYS.backupsPrefix(), ListDepth.ALL, Optional.empty()).objects().stream()
                            .anyMatch(object -> !object.key().value().contains(other.value()));
            if (copying && happened.compareAndSet(false, true)) {
                happening.now();
            }
            return call.make();
        };
    }

    private static void flipBytes(ObjectKey key) throws IOException {
        byte[] bytes = store.getSmall(key, 1 << 30).bytes();
        for (int at = 100; at < bytes.length / 2; at += 1000) {
            bytes[at] ^= 0x10;
        }
        store.put(key, ByteBuffer.wrap(bytes), WriteCondition.always());
    }

    private static BackupState validateDeep(BackupId id) throws IOException {
        BackupValidation validation = new BackupValidation(
                store,
                KEYS,
                1,
                new BackupValidation.Around(
                        Clock.systemUTC(),
                        new Cancellation(),
                        TransferProgress.silent(),
                        new BackupRecord.Writer("test", 1, "test")));
        validation.run(validation.plan(new ValidationChoice(
                Validation.Depth.DEEP, List.of(BackupSelector.parse(id.value())), Optional.empty())));
        return new BackupRecords(store, KEYS).find(id).orElseThrow().state();
    }

    @Test
    void after_a_clock_that_was_ahead_backups_are_whole_and_the_log_tells_of_it() throws IOException {
        Clock tomorrow = Clock.offset(Clock.systemUTC(), Duration.ofDays(1));
        BackupId ahead =
                take(store, BackupType.FULL, tomorrow).orElseThrow().record().id();
        try (CapturedLog log = CapturedLog.of(BaseBackup.class)) {
            assertThat(take(store, BackupType.INCREMENTAL)
                            .orElseThrow()
                            .record()
                            .parent()
                            .id())
                    .isEqualTo(ahead);
            assertThat(log.lines()).anyMatch(line -> line.startsWith("WARN") && line.contains("clock"));
        }
        for (BackupRecord record : new BackupRecords(store, KEYS).list().records()) {
            StoredBackup.read(store, KEYS, record.id()).requireComplete();
        }
    }
}
