package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.pgagent.catalog.ChunkedBackups.files;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.FaultyObjectStore.Fault;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.OwnRecord;
import org.pgagent.repository.PackId;
import org.pgagent.repository.PlacedChunk;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.StoreRequest;

/** Compactions, what ends them in their middle, and what goes on beside them. */
final class CompactionTest extends RemovalTestCase {
    private static final BackupId GRANDCHILD = new BackupId("20261103T000000Z-I");
    private static final BackupRecord.Writer WRITER = new BackupRecord.Writer("db2", 99, "test");
    private static final int CALLS_MAX = 400;

    private ChunkedBackups backups;

    /** Of the ten files of a full backup, which is deleted, its child needs two and the child of that one. */
    private void mostlyDead(int chunkBytes) throws IOException {
        store = new MemoryObjectStore();
        backups = new ChunkedBackups(KEYS, chunkBytes);
        backups.store(store, FULL, null, files(0, 10));
        backups.store(store, CHILD, FULL, files(2, 10));
        backups.store(store, GRANDCHILD, CHILD, files(1, 3));
        delete(FULL);
    }

    private Compaction compaction(ObjectStore through) {
        return new Compaction(through, KEYS, removal(through), new Compaction.Around(clock, new Cancellation()));
    }

    private Compaction.Result compact(ObjectStore through) throws IOException {
        return compaction(through).run(50, WRITER);
    }

    private Compaction.Result compact() throws IOException {
        return compact(store);
    }

    @Test
    void what_is_needed_is_in_a_small_pack_and_the_rest_is_gone() throws IOException {
        mostlyDead(10_000);

        CompactionPlan plan = compaction(store).plan(50);
        assertThat(plan.packs()).hasSize(1);
        assertThat(plan.backups()).extracting(BackupRecord::id).containsExactly(CHILD, GRANDCHILD);
        assertThat(plan.liveBytes()).isBetween(20_000L, 21_000L);
        assertThat(plan.storedBytes()).isBetween(100_000L, 102_000L);
        assertThat(compact().rewritten()).containsExactly(CHILD, GRANDCHILD);

        assertThat(backups.requireEveryByte(store, "afterwards")).isEqualTo(2);
        BackupId compaction = compactionId();
        assertThat(keys())
                .containsExactlyInAnyOrder(
                        FULL + ".json",
                        CHILD + ".json",
                        CHILD + "/data/0.pack",
                        CHILD + "/manifest-" + compaction + ".json.gz",
                        GRANDCHILD + ".json",
                        GRANDCHILD + "/data/0.pack",
                        GRANDCHILD + "/manifest-" + compaction + ".json.gz",
                        compaction + ".json",
                        compaction + "/data/0.pack");
        assertThat(state(compaction)).isEqualTo(BackupState.DELETED);
        assertThat(compaction(store).plan(50).packs()).isEmpty();
        purge();
        assertThat(state(FULL)).isNull();
        assertThat(backups.requireEveryByte(store, "after a purge")).isEqualTo(2);
    }

    private BackupId compactionId() throws IOException {
        return records().all().stream()
                .map(backup -> backup.record().id())
                .filter(id -> !id.isBackup())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void what_a_compaction_has_stored_is_compacted_and_freed_as_well() throws IOException {
        mostlyDead(10_000);
        compact();
        BackupId first = compactionId();
        delete(CHILD);

        Compaction.Result result = compact();

        assertThat(result.rewritten()).containsExactly(GRANDCHILD);
        assertThat(backups.requireEveryByte(store, "afterwards")).isEqualTo(1);
        assertThat(state(first)).isNull();
        delete(GRANDCHILD);
        purge();
        assertThat(keys()).isEmpty();
    }

    @Test
    void a_pack_that_is_needed_stays() throws IOException {
        mostlyDead(10_000);

        assertThat(compaction(store).plan(19).packs()).isEmpty();
        assertThat(compaction(store).plan(20).packs()).hasSize(1);
    }

    /** The store copies what is long, and what is short is fetched together. */
    @Test
    void long_stretches_are_copied_within_the_store() throws IOException {
        store = new MemoryObjectStore();
        backups = new ChunkedBackups(KEYS, 1 << 20);
        backups.store(store, FULL, null, files(0, 60));
        List<String> changed = new ArrayList<>(files(0, 60));
        changed.removeAll(files(3, 12));
        changed.removeAll(List.of("base/1", "base/14", "base/16", "base/40"));
        changed.removeAll(files(50, 58));
        backups.store(store, CHILD, FULL, changed);
        delete(FULL);
        FaultyObjectStore counting = FaultyObjectStore.counting(store);

        compact(counting);

        assertThat(counting.calls()).filteredOn(StoreRequest.COPY_PART::equals).hasSize(2);
        assertThat(backups.requireEveryByte(store, "afterwards")).isEqualTo(1);
    }

    /** Killed at each request, or refused by the store: every backup is whole, and the next compaction comes to the same. */
    @Test
    void killed_anywhere_it_hurts_nothing_and_the_next_one_ends_it() throws IOException {
        for (Fault fault : List.of(Fault.KILLED, Fault.FAILED_BEFORE, Fault.FAILED_AFTER)) {
            boolean hit = true;
            for (int call = 0; hit; call++) {
                mostlyDead(1000);
                String when = fault + " at " + call;
                FaultyObjectStore faulty = FaultyObjectStore.failing(store, call, fault);
                try {
                    compact(faulty);
                } catch (PgAgentException e) {
                    assertThat(faulty.wasHit()).as(when).isTrue();
                }
                hit = faulty.wasHit();
                assertThat(backups.requireEveryByte(store, when)).isEqualTo(2);

                clock.advance(OwnRecord.TERM.multipliedBy(2));
                compact();
                assertThat(backups.requireEveryByte(store, when)).isEqualTo(2);
                purge();
                assertThat(backups.requireEveryByte(store, when)).isEqualTo(2);
                assertThat(compaction(store).plan(50).packs()).as(when).isEmpty();
                // If it was killed between its two backups, each of them has its pack.
                assertThat(keys()).as(when).hasSizeBetween(8, 10);
                assertThat(store.unfinishedUploads("")).isEmpty();
            }
        }
    }

    /** A chunk that has changed in the store is not lost by being copied: nothing is removed. */
    @Test
    void a_damaged_pack_is_left_as_it_is() throws IOException {
        mostlyDead(1000);
        int gets = (int) callsOf(StoreRequest.GET);
        boolean refused = false;
        for (int get = 0; get < gets; get++) {
            mostlyDead(1000);
            FaultyObjectStore faulty = FaultyObjectStore.failing(store, StoreRequest.GET, get, Fault.FLIPPED_BYTE);
            try {
                compact(faulty);
            } catch (PgAgentException e) {
                assertThat(e.kind()).isIn(ErrorKind.CORRUPTED, ErrorKind.INCOMPATIBLE);
                refused = true;
            }
            assertThat(backups.requireEveryByte(store, "flipped in " + get)).isEqualTo(2);
        }
        assertThat(refused).isTrue();
    }

    private long callsOf(StoreRequest request) throws IOException {
        FaultyObjectStore counting = FaultyObjectStore.counting(store);
        compact(counting);
        return counting.calls().stream().filter(request::equals).count();
    }

    @FunctionalInterface
    private interface Meanwhile {
        void run() throws IOException;
    }

    /** Something else that is done at each moment of a compaction; returns at how many. */
    private int atEachMoment(Meanwhile meanwhile, Meanwhile afterwards) throws IOException {
        for (int call = 0; call < CALLS_MAX; call++) {
            mostlyDead(1000);
            AtomicInteger calls = new AtomicInteger();
            try {
                compact(interrupted(call, calls, () -> tolerant(meanwhile)));
            } catch (PgAgentException e) {
                assertThat(e.kind())
                        .isIn(
                                ErrorKind.ALREADY_RUNNING,
                                ErrorKind.OBJECT_CHANGED,
                                ErrorKind.OBJECT_MISSING,
                                ErrorKind.CORRUPTED);
            }
            backups.requireEveryByte(store, "at " + call);
            afterwards.run();
            backups.requireEveryByte(store, "at " + call + ", afterwards");
            clock.advance(OwnRecord.TERM.multipliedBy(2));
            delete();
            purge();
            backups.requireEveryByte(store, "at " + call + ", after a purge");
            compact();
            purge();
            backups.requireEveryByte(store, "at " + call + ", after another compaction");
            if (calls.get() <= call) {
                return call;
            }
        }
        throw new AssertionError("a compaction never came to its end");
    }

    private static void tolerant(Meanwhile meanwhile) throws IOException {
        try {
            meanwhile.run();
        } catch (PgAgentException e) {
            assertThat(e.kind()).isIn(ErrorKind.ALREADY_RUNNING, ErrorKind.OBJECT_CHANGED, ErrorKind.NO_BACKUP);
        }
    }

    /** As {@code BaseBackup} does it: the record with the parent first, then the parent as it is now, and its manifest later. */
    private final class Child {
        private final BackupId id;
        private BackupRecords.Versioned own;
        private BackupRecord parent;

        private Child(BackupId id) {
            this.id = id;
        }

        private void begin() throws IOException {
            own = records()
                    .create(running(id, CHILD).withAliveUntil(clock.instant().plusSeconds(100)));
            parent = records().find(CHILD).orElseThrow();
        }

        private void finish() throws IOException {
            if (own != null) {
                Map<String, PlacedChunk> from = ChunkedBackups.chunks(store, KEYS, parent);
                backups.finish(store, own, from, files(8, 9));
                own = null;
            }
        }
    }

    @Test
    void a_backup_that_begins_meanwhile_has_its_parents_packs_to_its_end() throws IOException {
        Child child = new Child(NEXT);
        assertThat(atEachMoment(child::begin, () -> {
                    delete();
                    purge();
                    tolerant(this::compact);
                    child.finish();
                }))
                .isGreaterThan(20);
    }

    @Test
    void a_backup_that_was_begun_before_has_its_parents_packs_to_its_end() throws IOException {
        Child child = new Child(NEXT);
        mostlyDead(1000);
        child.begin();

        assertThat(compaction(store).plan(50).packs()).isEmpty();
        child.finish();

        assertThat(backups.requireEveryByte(store, "afterwards")).isEqualTo(3);
    }

    @Test
    void a_backup_that_begins_and_ends_meanwhile_is_whole() throws IOException {
        Child child = new Child(NEXT);
        atEachMoment(
                () -> {
                    child.begin();
                    child.finish();
                },
                () -> {});
    }

    /** Its clock was behind, so that its record is read before its parent's. */
    @Test
    void a_backup_that_ends_while_a_removal_looks_keeps_what_the_earlier_manifest_had() throws IOException {
        int tried = 0;
        for (int call = 0; ; call++) {
            Child child = new Child(new BackupId("20261101T120000Z-I"));
            for (int begin = 0; ; begin++) {
                mostlyDead(1000);
                compact(interrupted(begin, new AtomicInteger(), child::begin));
                if (!records().find(CHILD).orElseThrow().replacedManifests().isEmpty()) {
                    break;
                }
                child.own = null;
            }
            put(KEYS.pack(new PackId(FULL, 7)), 10); // so that there is something to remove
            AtomicInteger calls = new AtomicInteger();
            BackupRemoval removal = removal(interrupted(call, calls, () -> {
                child.finish();
                compact();
            }));
            tolerant(() -> removal.delete(removal.planDelete(choose()), BackupRemoval.TheLast.MAY_GO));
            backups.requireEveryByte(store, "at " + call);
            if (calls.get() <= call) {
                break;
            }
            tried++;
        }
        assertThat(tried).isGreaterThan(5);
    }

    @Test
    void a_deletion_meanwhile_hurts_nothing() throws IOException {
        atEachMoment(() -> delete(GRANDCHILD), () -> {});
    }

    @Test
    void another_compaction_meanwhile_hurts_nothing() throws IOException {
        atEachMoment(this::compact, () -> {});
    }

    /** The compaction slept, and others have given it up, at any moment of it and at any of theirs. */
    @Test
    void a_compaction_that_was_given_up_can_change_nothing_any_more() throws IOException {
        atEachMoment(
                () -> {
                    clock.advance(OwnRecord.TERM.multipliedBy(2));
                    purge();
                    purge();
                },
                () -> {});
        atEachMoment(
                () -> {
                    clock.advance(OwnRecord.TERM.multipliedBy(2));
                    compact();
                },
                () -> {});
    }

    @Test
    void one_at_a_time() throws IOException {
        mostlyDead(1000);
        store(running(new BackupId("20261105T000000Z-C"), null)
                .withAliveUntil(clock.instant().plusSeconds(100)));

        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(this::compact)
                .matches(e -> e.kind() == ErrorKind.ALREADY_RUNNING)
                .withMessageContaining("the compaction 20261105T000000Z-C is at work");
    }
}
