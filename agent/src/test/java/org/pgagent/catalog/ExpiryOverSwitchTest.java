package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.catalog.SampleArchive.KEYS;
import static org.pgagent.catalog.SampleArchive.childOf;
import static org.pgagent.catalog.SampleArchive.lsn;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.kit.WatchedObjectStore;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ExpiredWalNote;
import org.pgagent.storage.ObjectStore;

/** A standby's backup that begins on an older timeline than the WAL that an expiry is about to give up. */
final class ExpiryOverSwitchTest extends RetentionTestCase {
    /** The fork is in segment 10. */
    @ParameterizedTest
    @ValueSource(ints = {8, 10})
    void a_backup_that_says_where_it_begins_between_both_looks_is_seen_across_the_switch(int begins)
            throws IOException {
        if (begins == 10) {
            backup(1, 2, 3);
        } else {
            wal(1, 2, 3);
        }
        wal(1, 4, 9);
        TimelineHistory second = childOf(FIRST, lsn(10, 9), 2);
        history(second);
        if (begins == 10) {
            clock.advance(Duration.ofDays(3));
        }
        wal(2, 10, 14);
        backup(2, 15, 16);
        BackupRecord newest = backup(2, 20, 21);
        AtomicBoolean told = new AtomicBoolean();
        ObjectStore watched = WatchedObjectStore.of(store, (number, act) -> {
            Object answer = act.make();
            if (store.head(KEYS.expiredWal()).isPresent() && told.compareAndSet(false, true)) {
                begin(newest, lsn(begins, 4));
            }
            return answer;
        });

        Expiry.Outcome outcome = expire(watched, keepFull(1));

        assertThat(told).isTrue();
        assertThat(outcome.walHeldBy()).isNotEmpty();
        assertThat(isThere(2, 10)).isTrue();
        assertThat(isThere(2, 14)).isTrue();
        WalSegment first = WalSegment.containing(Timeline.FIRST, lsn(begins, 4), SampleArchive.SIZE);
        assertThat(second.beginnings(first)).anyMatch(new ExpiredWalNote(store, KEYS).read()::has);
    }

    private void begin(BackupRecord like, Lsn start) throws IOException {
        BackupId id = BackupId.of(clock.instant().plusSeconds(5), BackupKind.FULL);
        BackupRecords.Versioned begun = records.create(
                BackupRecord.running(id, BackupKind.FULL, new BackupRecord.Writer("standby", 9, "test"), like.source())
                        .withAliveUntil(clock.instant().plusSeconds(180)));
        BackupRecord.Start told = new BackupRecord.Start(clock.instant(), Timeline.FIRST, start, "fast", "test");
        records.replace(begun, begun.record().withBounds(told, null));
    }
}
