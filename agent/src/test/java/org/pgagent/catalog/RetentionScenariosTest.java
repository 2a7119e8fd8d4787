package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.catalog.SampleArchive.KEYS;
import static org.pgagent.catalog.SampleArchive.childOf;
import static org.pgagent.catalog.SampleArchive.lsn;
import static org.pgagent.catalog.SampleArchive.segment;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.kit.WatchedObjectStore;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ExpiredWalNote;
import org.pgagent.repository.Pin;
import org.pgagent.storage.ObjectStore;

/** Histories in which expiries have gone wrong, or might. */
class RetentionScenariosTest extends RetentionTestCase {
    @ParameterizedTest
    @ValueSource(ints = {0, 90, 1000})
    void a_server_whose_clock_was_ahead_does_not_make_its_successor_old(int minutesAhead) throws IOException {
        wal(1, 1, 1);
        backup(1, 2, 3);
        wal(1, 4, 9);
        backup(1, 10, 11, Duration.ofMinutes(minutesAhead));
        wal(1, 12, 12);
        history(childOf(FIRST, lsn(10, 2), 2));
        wal(2, 10, 11);
        BackupRecord production = backup(2, 12, 13);
        wal(2, 14, 15);
        expire(keepFull(1));

        assertThat(isThere(production)).isTrue();
        assertThat(isThere(2, 12)).isTrue();
        assertThat(isThere(2, 15)).isTrue();
    }

    @Test
    void the_newest_backup_stays_when_the_servers_clock_was_set_back() throws IOException {
        wal(1, 1, 1);
        backup(1, 2, 3, Duration.ofHours(10));
        wal(1, 4, 5);
        BackupRecord newest = backup(1, 6, 7);
        expire(keepFull(1));

        assertThat(isThere(newest)).isTrue();
        assertThat(isThere(1, 6)).isTrue();
    }

    @Test
    void what_was_pinned_at_any_moment_stays() throws IOException {
        int calls = Integer.MAX_VALUE;
        int pinned = 0;
        for (int call = 0; call < calls; call++) {
            RetentionScenariosTest world = new RetentionScenariosTest();
            calls = world.requirePinHolds(call);
            pinned++;
        }
        assertThat(pinned).isGreaterThan(10);
    }

    /** Returns how many calls there were. */
    private int requirePinHolds(int call) throws IOException {
        BackupRecord old = backup(1, 2, 3);
        backup(1, 4, 5);
        backup(1, 6, 7);
        AtomicInteger calls = new AtomicInteger();
        AtomicBoolean done = new AtomicBoolean();
        ObjectStore watched = WatchedObjectStore.of(store, (number, act) -> {
            calls.set(number + 1);
            if (number == call) {
                try {
                    new Pins(records, clock).put(old.id(), new Pin(null, "audit"));
                    done.set(true);
                } catch (IOException e) {
                    assertThat(e).hasMessageContaining("no complete backup");
                }
            }
            return act.make();
        });
        expire(watched, keepFull(1));
        if (done.get()) {
            assertThat(isThere(old)).as("pinned at call %d", call).isTrue();
            assertThat(isThere(1, 3)).isTrue();
        }
        return calls.get();
    }

    @Test
    void two_expiries_at_once_come_to_what_one_does() throws IOException {
        int calls = Integer.MAX_VALUE;
        for (int call = 0; call < calls; call++) {
            RetentionScenariosTest world = new RetentionScenariosTest();
            world.backup(1, 2, 3);
            world.backup(1, 4, 5);
            BackupRecord newest = world.backup(1, 6, 7);
            int moment = call;
            AtomicInteger last = new AtomicInteger();
            world.expire(
                    WatchedObjectStore.of(world.store, (number, act) -> {
                        last.set(number + 1);
                        if (number == moment) {
                            world.expire(keepFull(1));
                        }
                        return act.make();
                    }),
                    keepFull(1));
            assertThat(world.records.all().stream()
                            .filter(backup -> backup.record().isComplete()))
                    .hasSize(1);
            assertThat(world.isThere(newest)).isTrue();
            assertThat(world.isThere(1, 5)).isFalse();
            assertThat(world.isThere(1, 6)).isTrue();
            calls = last.get();
        }
    }

    @Test
    void a_deletion_before_a_time_knows_which_timeline_comes_from_which() throws IOException {
        BackupRecord before = backup(1, 2, 3);
        wal(1, 4, 14);
        BackupRecord lostTail = backup(1, 15, 16);
        history(childOf(FIRST, lsn(10, 2), 2));
        wal(2, 10, 40);

        assertThat(removal(store)
                        .planDelete(new RemovalChoice(Set.of(), Optional.of(clock.instant())))
                        .backups())
                .doesNotContain(before, lostTail)
                .isEmpty();
    }

    @Test
    void a_damaged_backup_stays_until_another_takes_its_place() throws IOException {
        BackupRecord base = backup(1, 2, 3);
        wal(1, 4, 14);
        backup(1, 15, 16);
        damage(base);
        expire(keepSince(1, 8));
        assertThat(isThere(base)).isTrue();
        assertThat(isThere(1, 2)).isTrue();
        assertThat(isThere(1, 14)).isTrue();

        expire(keepFull(1));
        assertThat(isThere(base)).isFalse();
    }

    @Test
    void a_damaged_backup_stays_that_is_the_only_one_of_its_year() throws IOException {
        BackupRecord lastYear = backup(1, 17, 18);
        clock.advance(Duration.ofDays(366));
        backup(1, 19, 20);
        damage(lastYear);
        expire(keep("yearly=3"));
        assertThat(isThere(lastYear)).isTrue();
    }

    @Test
    void why_nothing_goes_is_said() throws IOException {
        backup(1, 2, 3);
        backup(1, 4, 5);
        assertThat(expire(keepFull(3)).heldBy().orElseThrow()).contains("fewer than 3 full");
        assertThat(expire(keepFull(2)).heldBy()).isEmpty();
        put(KEYS.walFile(segment(7, 3).fileName()));
        assertThat(expire(keepFull(1)).heldBy().orElseThrow()).contains("timeline 7 comes from");
        backup(7, 4, 5);
        assertThat(expire(keepFull(1)).heldBy()).isEmpty();
        assertThat(isThere(7, 3))
                .as("young, and nobody knows where it comes from")
                .isTrue();
        for (BackupRecords.Versioned backup : records.all()) {
            if (backup.record().isComplete()) {
                damage(backup.record());
            }
        }
        assertThat(expire(keepFull(1)).heldBy().orElseThrow()).contains("no backup can be relied on");
    }

    /** The own WAL of a pinned backup is an island: what follows it is not kept. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_lagging_backup_that_begins_in_what_another_one_needs_does_not_lose_what_follows(boolean clockJumps)
            throws IOException {
        BackupRecord pinned = backup(1, 2, 4);
        wal(1, 5, 9);
        backup(1, 10, 11);
        new Pins(records, clock).put(pinned.id(), new Pin(null, "x"));
        BackupId id = BackupId.of(clock.instant().plusSeconds(5), BackupKind.FULL);
        AtomicBoolean told = new AtomicBoolean();
        AtomicBoolean refused = new AtomicBoolean();
        ObjectStore watched = WatchedObjectStore.of(store, (number, act) -> {
            boolean noted = store.head(KEYS.expiredWal()).isPresent();
            Object answer = act.make();
            if (!noted && !told.get() && store.head(KEYS.expiredWal()).isPresent()) {
                told.set(true);
                BackupRecords.Versioned begun = records.create(BackupRecord.running(
                                id, BackupKind.FULL, new BackupRecord.Writer("standby", 9, "t"), pinned.source())
                        .withAliveUntil(clock.instant().plusSeconds(180)));
                records.replace(
                        begun,
                        begun.record()
                                .withBounds(
                                        new BackupRecord.Start(clock.instant(), Timeline.FIRST, lsn(3, 4), "fast", "x"),
                                        null));
                refused.set(new ExpiredWalNote(store, KEYS).read().has(segment(1, 3)));
                clock.advance(Duration.ofSeconds(clockJumps ? 200 : 0));
            }
            return answer;
        });
        Expiry.Outcome outcome = expire(watched, keepFull(1));

        assertThat(told).isTrue();
        BackupState state = records.find(id).orElseThrow().state();
        boolean goesOn = !refused.get() && state == BackupState.RUNNING;
        if (goesOn) {
            assertThat(isThere(1, 5)).isTrue();
        }
        assertThat(state).isEqualTo(clockJumps ? BackupState.ERROR : BackupState.RUNNING);
        assertThat(outcome.walHeldBy().isPresent()).isEqualTo(!clockJumps);
    }

    @Test
    void a_name_that_no_segment_has_is_left_alone() throws IOException {
        backup(1, 2, 3);
        backup(1, 4, 5);
        put(KEYS.walFile("0000000100000000FFFFFFFF"));
        expire(keepFull(1));

        assertThat(store.head(KEYS.walFile("0000000100000000FFFFFFFF"))).isPresent();
        assertThat(isThere(1, 3)).isFalse();
    }
}
