package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pgagent.catalog.SampleArchive.SIZE;
import static org.pgagent.catalog.SampleArchive.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.WatchedObjectStore;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ExpiredWal;
import org.pgagent.repository.ExpiredWalNote;
import org.pgagent.repository.RestorePoint;
import org.pgagent.repository.RestorePoints;
import org.pgagent.repository.WalGap;
import org.pgagent.repository.WalGaps;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.StoreRequest;
import org.pgagent.storage.WriteCondition;

class ExpiryTest {
    private static final RetentionPolicy TWO_FULL = new RetentionPolicy(
            OptionalInt.of(2), Optional.empty(), Optional.of(Duration.ofDays(3)), KeepCalendar.parse("weekly=2"));

    /** A seed of which much expires: backups, WAL before them and between them. */
    private static final long SEED = 17;

    /** Of all objects but the index of the records, which is there if that paid at the moment. */
    private static Set<String> keys(RetentionWorld world) throws IOException {
        Set<String> keys = new TreeSet<>();
        world.store.forEachPage(
                "",
                ListDepth.ALL,
                page -> page.objects().forEach(object -> keys.add(object.key().value())));
        keys.remove("main/records.jsonl.gz");
        return keys;
    }

    private static ObjectStore through(RetentionWorld world, WatchedObjectStore.Watch watch) {
        return WatchedObjectStore.of(world.store, watch);
    }

    private static PgAgentException killed() {
        return new PgAgentException(ErrorKind.STORE_FAILED, "killed here", "None.");
    }

    /** A process that was killed makes no more calls, and may have made the last one. */
    private static WatchedObjectStore.Watch killedAt(int call, boolean done) {
        return (number, act) -> {
            if (number == call && done) {
                act.make();
            }
            if (number >= call) {
                throw killed();
            }
            return act.make();
        };
    }

    /** With a restore point in WAL that goes, and one in WAL that stays. */
    private static RetentionWorld worldWithPoints() throws IOException {
        RetentionWorld world = new RetentionWorld(SEED);
        RestorePoints points = new RestorePoints(world.store, RetentionWorld.KEYS);
        for (long number : new long[] {1, 5000}) {
            points.record(RestorePoint.of(
                    "in-" + number,
                    world.clock.instant(),
                    new Timeline(1),
                    segment(1, number).start().plus(77)));
        }
        return world;
    }

    @Test
    void one_that_is_killed_at_any_call_is_ended_by_the_next_one() throws IOException {
        RetentionWorld whole = worldWithPoints();
        AtomicInteger calls = new AtomicInteger();
        Set<String> atFirst = keys(whole);
        Expiry.Outcome outcome = whole.expiry(through(whole, (number, call) -> {
                    calls.incrementAndGet();
                    return call.make();
                }))
                .run(TWO_FULL, SIZE);
        assertThat(outcome.backups().backups()).hasSizeGreaterThan(2);
        assertThat(outcome.walFiles()).isGreaterThan(10);
        assertThat(outcome.restorePoints()).isEqualTo(1);
        Set<String> atLast = keys(whole);
        assertThat(atFirst).hasSizeGreaterThan(atLast.size());

        for (int call = 0; call < calls.get(); call++) {
            for (boolean done : new boolean[] {false, true}) {
                RetentionWorld world = worldWithPoints();
                Expiry dying = world.expiry(through(world, killedAt(call, done)));
                assertThatThrownBy(() -> dying.run(TWO_FULL, SIZE)).hasMessageContaining("killed here");
                RetentionOracle between = new RetentionOracle(world);
                for (BackupRecord backup : between.restorable()) {
                    if (outcome.keptFor().containsKey(backup.id())) {
                        assertThat(between.isUsable(backup))
                                .as("own WAL of %s, killed at %d", backup.id(), call)
                                .isTrue();
                    }
                }
                world.expiry(world.store).run(TWO_FULL, SIZE);
                assertThat(keys(world)).as("killed at %d", call).isEqualTo(atLast);
            }
        }
    }

    @Test
    void a_thousand_files_go_with_each_request() throws IOException {
        RetentionWorld world = new RetentionWorld(SEED);
        for (int note = 0; note < 4_500; note++) {
            world.archive(segment(1, 1).fileName() + String.format(".%08X.backup", note));
        }
        FaultyObjectStore counting = FaultyObjectStore.counting(world.store);

        Expiry.Outcome outcome = world.expiry(counting).run(TWO_FULL, SIZE);

        assertThat(outcome.walFiles()).isGreaterThan(4_500);
        int timelines = world.histories.size();
        long deletions =
                counting.calls().stream().filter(StoreRequest.DELETE::equals).count();
        assertThat(deletions)
                .isLessThanOrEqualTo(5 + timelines + outcome.backups().backups().size());
    }

    /** The backup begins at a segment that would go. It does what {@code BackupBeginning} does. */
    @Test
    void a_backup_that_begins_far_behind_at_any_moment_keeps_its_wal_or_learns_that_it_is_gone() throws IOException {
        int calls = Integer.MAX_VALUE;
        Set<String> seen = new TreeSet<>();
        for (int call = 0; call < calls; call++) {
            for (boolean late : new boolean[] {false, true}) {
                RetentionWorld world = new RetentionWorld(SEED);
                Lagging backup = new Lagging(world);
                int moment = call;
                AtomicInteger last = new AtomicInteger();
                ObjectStore store = through(world, (number, act) -> {
                    last.set(number);
                    if (number == moment) {
                        backup.begin();
                    }
                    if (number == (late ? moment + 1 : moment)) {
                        backup.tellStart();
                    }
                    return act.make();
                });
                Expiry.Outcome outcome = null;
                try {
                    outcome = world.expiry(store).run(TWO_FULL, SIZE);
                } catch (PgAgentException e) {
                    assertThat(e.kind()).isEqualTo(ErrorKind.ALREADY_RUNNING);
                }
                boolean gone = !new RetentionOracle(world).wal.containsKey(backup.first.fileName());
                if (gone) {
                    assertThat(backup.goesOn(world)).as("begun at %d", call).isFalse();
                }
                seen.add(gone ? "gone" : outcome != null && outcome.walHeldBy().isPresent() ? "held" : "kept");
                calls = last.get() + 1;
            }
        }
        assertThat(seen).contains("gone", "held", "kept");
    }

    /** A backup of a standby that is far behind. */
    private static final class Lagging {
        private final BackupRecords records;
        private final WalSegment first;
        private final RetentionWorld world;
        private BackupRecords.Versioned record;
        private boolean refused;

        Lagging(RetentionWorld world) throws IOException {
            this.world = world;
            this.records = new BackupRecords(world.store, RetentionWorld.KEYS);
            this.first = WalSegment.parse(
                    new RetentionOracle(world).wal.keySet().iterator().next(), SIZE);
        }

        void begin() throws IOException {
            record = records.create(BackupRecord.running(
                            BackupId.of(world.clock.instant().plusSeconds(5), BackupKind.FULL),
                            BackupKind.FULL,
                            new BackupRecord.Writer("standby", 9, "test"),
                            null)
                    .withAliveUntil(world.clock.instant().plusSeconds(100)));
        }

        void tellStart() throws IOException {
            BackupRecord.Start start = new BackupRecord.Start(
                    world.clock.instant(), first.timeline(), first.start().plus(77), "fast", "x");
            record = records.replace(record, record.record().withBounds(start, null));
            refused =
                    new ExpiredWalNote(world.store, RetentionWorld.KEYS).read().has(first);
        }

        boolean goesOn(RetentionWorld world) throws IOException {
            boolean told = records.find(record.record().id()).orElseThrow().start() != null;
            if (!told) {
                tellStart();
            }
            assertThat(world).isSameAs(this.world);
            return !refused;
        }
    }

    @Test
    void what_was_given_up_is_noted_for_those_who_would_store_it_again_or_call_it_a_gap() throws IOException {
        RetentionWorld world = new RetentionWorld(SEED);
        WalGaps gaps = new WalGaps(world.store, RetentionWorld.KEYS);
        gaps.record(
                SampleArchive.range(1, 1, 2), WalGap.of(SampleArchive.range(1, 1, 2), world.clock.instant(), "db1"));
        gaps.record(
                SampleArchive.range(1, 5000, 5001),
                WalGap.of(SampleArchive.range(1, 5000, 5001), world.clock.instant(), "db1"));
        world.expiry(world.store).run(TWO_FULL, SIZE);
        ExpiredWal expired = new ExpiredWalNote(world.store, RetentionWorld.KEYS).read();

        assertThat(expired.has(segment(1, 1))).isTrue();
        assertThat(expired.has(segment(1, 5000))).isFalse();
        assertThat(gaps.recorded(SIZE)).containsExactly(SampleArchive.range(1, 5000, 5001));
    }

    @Test
    void a_plan_counts_the_restore_points_that_would_go_and_leaves_them() throws IOException {
        RetentionWorld world = worldWithPoints();
        Set<String> before = keys(world);
        assertThat(world.expiry(world.store).plan(TWO_FULL, SIZE).restorePoints())
                .isEqualTo(1);
        assertThat(keys(world)).isEqualTo(before);

        world.expiry(world.store).run(TWO_FULL, SIZE);
        assertThat(new RestorePoints(world.store, RetentionWorld.KEYS).named("in-1"))
                .isEmpty();
        assertThat(new RestorePoints(world.store, RetentionWorld.KEYS).named("in-5000"))
                .hasSize(1);
    }

    @Test
    void nothing_goes_when_there_is_no_backup_that_can_be_relied_on() throws IOException {
        RetentionWorld world = new RetentionWorld(SEED);
        BackupRecords records = new BackupRecords(world.store, RetentionWorld.KEYS);
        for (BackupRecords.Versioned backup : records.all()) {
            records.replace(backup, backup.record().withState(BackupState.CORRUPT, "all of them"));
        }
        Set<String> before = keys(world);
        Expiry.Outcome outcome = world.expiry(world.store).run(TWO_FULL, SIZE);

        assertThat(outcome.backups().backups()).isEmpty();
        assertThat(keys(world)).isEqualTo(before);
    }

    @Test
    void nothing_goes_when_nobody_knows_where_a_timeline_comes_from() throws IOException {
        RetentionWorld world = new RetentionWorld(SEED);
        world.archive(segment(4000, 7).fileName());
        Set<String> before = keys(world);
        Expiry.Outcome outcome = world.expiry(world.store).run(TWO_FULL, SIZE);

        assertThat(outcome.backups().backups()).isEmpty();
        assertThat(keys(world)).isEqualTo(before);
    }

    @Test
    void a_damaged_record_or_history_stops_it() throws IOException {
        RetentionWorld world = new RetentionWorld(SEED);
        ByteBuffer rubbish = ByteBuffer.wrap(new byte[] {1, 2, 3});
        world.store.put(RetentionWorld.KEYS.history(new Timeline(9)), rubbish, WriteCondition.always());
        requireStopped(world);

        RetentionWorld other = new RetentionWorld(SEED);
        BackupId any = new ArrayList<>(new RetentionOracle(other).backups.keySet()).get(0);
        other.store.put(RetentionWorld.KEYS.backupRecord(any), rubbish, WriteCondition.always());
        requireStopped(other);
    }

    private static void requireStopped(RetentionWorld world) throws IOException {
        Set<String> before = keys(world);
        assertThatThrownBy(() -> world.expiry(world.store).run(TWO_FULL, SIZE)).hasMessageContaining("cannot be told");
        assertThat(keys(world)).isEqualTo(before);
    }

    @Test
    void a_clock_that_is_years_ahead_expires_nothing() throws IOException {
        RetentionPolicy month = new RetentionPolicy(
                OptionalInt.empty(), Optional.of(Duration.ofDays(365)), Optional.empty(), KeepCalendar.NONE);
        RetentionWorld world = new RetentionWorld(SEED);
        List<BackupId> before = List.copyOf(new RetentionOracle(world).backups.keySet());
        world.clock.advance(Duration.ofDays(10_000));

        assertThat(world.expiry(world.store).run(month, SIZE).backups().backups())
                .isEmpty();
        assertThat(new RetentionOracle(world).backups.keySet()).containsExactlyElementsOf(before);
    }
}
