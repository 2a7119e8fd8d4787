package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.pgagent.backup.BackupType;
import org.pgagent.backup.BaseBackup;
import org.pgagent.kit.CapturedLog;
import org.pgagent.kit.WatchedObjectStore;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.Validation;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectStore;

/** What happens to a backup, or before it, without its doing. */
final class BackupMishapsIT extends TakenBackups {
    @Test
    void a_backup_whose_parent_is_found_damaged_meanwhile_does_not_count_as_whole() throws IOException {
        BackupId parent = take(store).orElseThrow().record().id();
        BackupRecords records = new BackupRecords(store, KEYS);
        AtomicBoolean told = new AtomicBoolean();
        ObjectStore through = WatchedObjectStore.of(store, (number, call) -> {
            boolean copying = !told.get()
                    && store.list(KEYS.backupsPrefix(), ListDepth.ALL, Optional.empty()).objects().stream()
                            .anyMatch(object -> !object.key().value().contains(parent.value()));
            if (copying && told.compareAndSet(false, true)) {
                BackupRecords.Versioned there = records.read(parent).orElseThrow();
                records.replace(there, there.record().withState(BackupState.CORRUPT, "a test found it"));
            }
            return call.make();
        });

        assertThat(take(through, BackupType.INCREMENTAL)).isEmpty();

        assertThat(told).isTrue();
        List<BackupRecord> all = records.list().records();
        assertThat(all).extracting(BackupRecord::state).containsExactly(BackupState.CORRUPT, BackupState.CORRUPT);
        assertThat(all.get(1).error()).contains(parent.value()).contains("a test found it");
        assertThat(all.get(1).validation().depth()).isEqualTo(Validation.Depth.DEEP);
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
