package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.PackId;

/** What goes on beside a removal, and what ends it in its middle. */
class BackupRemovalRaceTest extends RemovalTestCase {
    /** Killed at each request, or refused by the store: nothing that counts is hurt, and the next removal ends it. */
    @Test
    void killed_anywhere_it_hurts_nothing_and_the_next_one_ends_it() throws IOException {
        for (FaultyObjectStore.Fault fault : List.of(
                FaultyObjectStore.Fault.KILLED,
                FaultyObjectStore.Fault.FAILED_BEFORE,
                FaultyObjectStore.Fault.FAILED_AFTER)) {
            boolean hit = true;
            for (int call = 0; hit; call++) {
                store = new MemoryObjectStore();
                usual();
                store(running(NEXT, CHILD));
                FaultyObjectStore faulty = FaultyObjectStore.failing(store, call, fault);
                try {
                    BackupRemoval removal = removal(faulty);
                    removal.delete(removal.planDelete(choose(FULL, CHILD)), BackupRemoval.TheLast.MAY_GO);
                    removal.purge(removal.planPurge());
                } catch (PgAgentException e) {
                    assertThat(faulty.wasHit()).isTrue();
                }
                hit = faulty.wasHit();
                requireWhole();

                if (state(FULL) == BackupState.OK) {
                    delete(FULL);
                }
                if (state(CHILD) == BackupState.OK) {
                    delete(CHILD);
                }
                purge();
                assertThat(keys())
                        .as("%s at %d", fault, call)
                        .containsExactly(OTHER + ".json", OTHER + "/data/0.pack", OTHER + "/manifest.json.gz");
            }
        }
    }

    /** As {@code BaseBackup} begins: the record with the parent first, then the look whether that one is still there. */
    private boolean begin(BackupId parent) throws IOException {
        store(running(NEXT, parent).withAliveUntil(clock.instant().plusSeconds(100)));
        boolean there = records().find(parent).filter(BackupRecord::restorable).isPresent();
        if (!there) {
            BackupRecords.Versioned own = records().read(NEXT).orElseThrow();
            records().replace(own, own.record().withState(BackupState.ERROR, "no parent"));
        }
        return there;
    }

    /** As it ends, if it may. */
    private void finish(BackupId parent) throws IOException {
        BackupRecords.Versioned own = records().read(NEXT).orElseThrow();
        if (own.record().state() == BackupState.RUNNING) {
            put(KEYS.manifest(NEXT), MANIFEST_BYTES);
            put(KEYS.pack(new PackId(NEXT, 0)), PACK_BYTES);
            records()
                    .replace(
                            own,
                            complete(own.record(), new Timeline(1), 1, new PackId(FULL, 0), new PackId(parent, 0)));
        }
    }

    /** A backup that begins, or begins and ends, at any moment of a deletion of its parent. */
    @Test
    void a_backup_that_begins_meanwhile_has_its_parent_or_knows_that_it_has_not() throws IOException {
        for (boolean alsoEnds : new boolean[] {false, true}) {
            int refused = 0;
            int withoutParent = 0;
            for (int call = 0; ; call++) {
                store = new MemoryObjectStore();
                usual();
                AtomicInteger calls = new AtomicInteger();
                BackupRemoval removal = removal(interrupted(call, calls, () -> {
                    begin(CHILD);
                    if (alsoEnds) {
                        finish(CHILD);
                    }
                }));
                try {
                    removal.delete(removal.planDelete(choose(FULL, CHILD)), BackupRemoval.TheLast.MAY_GO);
                } catch (PgAgentException e) {
                    assertThat(e.kind()).isEqualTo(ErrorKind.ALREADY_RUNNING);
                    refused++;
                }
                if (calls.get() <= call) {
                    break;
                }
                withoutParent += state(NEXT) == BackupState.ERROR ? 1 : 0;
                finish(CHILD);
                requireWhole();
                delete();
                purge();
                requireWhole();
            }
            assertThat(withoutParent).isPositive();
            assertThat(refused).isEqualTo(alsoEnds ? 0 : refused);
            assertThat(alsoEnds || refused > 0).isTrue();
        }
    }

    /** A backup that begins at any moment of a purge of what it would go on with. */
    @Test
    void a_backup_that_resumes_a_failed_one_has_its_packs_or_does_without() throws IOException {
        int refused = 0;
        int without = 0;
        for (int call = 0; ; call++) {
            store = new MemoryObjectStore();
            usual();
            failed();
            AtomicInteger calls = new AtomicInteger();
            boolean[] resumes = {false};
            BackupRemoval removal = removal(interrupted(call, calls, () -> resumes[0] = resume()));
            try {
                removal.purge(removal.planPurge());
            } catch (PgAgentException e) {
                assertThat(e.kind()).isEqualTo(ErrorKind.ALREADY_RUNNING);
                refused++;
            }
            if (calls.get() <= call) {
                break;
            }
            without += resumes[0] ? 0 : 1;
            BackupRecords.Versioned own = records().read(NEXT).orElseThrow();
            PackId[] needs = resumes[0] ? new PackId[] {new PackId(FAILED, 0)} : new PackId[0];
            put(KEYS.manifest(NEXT), MANIFEST_BYTES);
            records().replace(own, complete(own.record(), new Timeline(1), 0, needs));
            purge();
            requireWhole();
        }
        assertThat(refused).isPositive();
        assertThat(without).isPositive();
    }

    /** As {@code BaseBackup} resumes: it says so first, and then looks whether the failed one is still there. */
    private boolean resume() throws IOException {
        store(running(NEXT, null)
                .withAliveUntil(clock.instant().plusSeconds(100))
                .withResumes(List.of(FAILED)));
        return state(FAILED) == BackupState.ERROR;
    }

    /** What can happen within a second removal that runs whole at any moment of a first one. */
    private enum Meanwhile {
        A_CHILD_BEGINS,
        THE_FIRST_MUST_GIVE_UP
    }

    @ParameterizedTest
    @EnumSource
    void two_removals_at_once_hurt_nothing(Meanwhile meanwhile) throws IOException {
        int most = 0;
        for (int call = 0; call < 40; call++) {
            for (int inner = 0; inner < 40; inner++) {
                store = new MemoryObjectStore();
                usual();
                AtomicInteger calls = new AtomicInteger();
                AtomicInteger innerCalls = new AtomicInteger();
                int at = inner;
                BackupRemoval first = removal(interrupted(
                        call,
                        calls,
                        () -> tolerant(() -> {
                            BackupRemoval second = removal(interrupted(at, innerCalls, () -> run(meanwhile)));
                            second.purge(second.planPurge());
                        })));
                tolerant(() -> first.delete(first.planDelete(choose(FULL, CHILD)), BackupRemoval.TheLast.MAY_GO));
                if (state(NEXT) == BackupState.RUNNING) {
                    finish(CHILD);
                }
                requireWhole();
                most = Math.max(most, Math.max(calls.get(), innerCalls.get()));
            }
        }
        assertThat(most).as("or not every call was interrupted").isBetween(10, 39);
    }

    /** The second one has marked CHILD when the first one looks, and puts it back after that. */
    @Test
    void a_backup_that_is_put_back_has_what_it_needs() throws IOException {
        for (int call = 0; ; call++) {
            store = new MemoryObjectStore();
            usual();
            AtomicInteger calls = new AtomicInteger();
            RemovalPlan firstPlan = removal().planDelete(choose(FULL));
            RemovalPlan secondPlan = removal().planDelete(choose(CHILD));
            begin(CHILD);
            BackupRemoval second = removal(interrupted(
                    call, calls, () -> tolerant(() -> removal().delete(firstPlan, BackupRemoval.TheLast.MAY_GO))));
            tolerant(() -> second.delete(secondPlan, BackupRemoval.TheLast.MAY_GO));
            requireWhole();
            if (calls.get() <= call) {
                break;
            }
            assertThat(state(CHILD)).isEqualTo(BackupState.OK);
            finish(CHILD);
            requireWhole();
        }
    }

    @Test
    void of_two_deletions_at_once_one_leaves_the_last_backup() throws IOException {
        for (int call = 0; ; call++) {
            store = new MemoryObjectStore();
            usual();
            delete(FULL);
            AtomicInteger calls = new AtomicInteger();
            RemovalPlan firstPlan = removal().planDelete(choose(OTHER));
            RemovalPlan secondPlan = removal().planDelete(choose(CHILD));
            Step first = () -> {
                try {
                    removal().delete(firstPlan, BackupRemoval.TheLast.STAYS);
                } catch (PgAgentException e) {
                    assertThat(e.kind()).isEqualTo(ErrorKind.NO_BACKUP);
                }
            };
            try {
                removal(interrupted(call, calls, first)).delete(secondPlan, BackupRemoval.TheLast.STAYS);
            } catch (PgAgentException e) {
                assertThat(e.kind()).isEqualTo(ErrorKind.NO_BACKUP);
            }
            assertThat(List.of(state(CHILD), state(OTHER))).contains(BackupState.OK);
            requireWhole();
            if (calls.get() <= call) {
                break;
            }
        }
    }

    private static void tolerant(Step step) throws IOException {
        try {
            step.run();
        } catch (PgAgentException e) {
            assertThat(e.kind()).isIn(ErrorKind.ALREADY_RUNNING, ErrorKind.OBJECT_CHANGED);
        }
    }

    private void run(Meanwhile meanwhile) throws IOException {
        switch (meanwhile) {
            case A_CHILD_BEGINS -> begin(CHILD);
            case THE_FIRST_MUST_GIVE_UP -> {
                if (state(CHILD) == BackupState.OK) {
                    records().change(CHILD, child -> child.withState(BackupState.CORRUPT, "found so"));
                }
            }
        }
    }

    /** A backup that began before and ends at any moment. */
    @Test
    void a_backup_that_ends_meanwhile_has_what_it_needs() throws IOException {
        for (int call = 0; ; call++) {
            store = new MemoryObjectStore();
            usual();
            begin(CHILD);
            AtomicInteger calls = new AtomicInteger();
            BackupRemoval removal = removal(interrupted(call, calls, () -> finish(CHILD)));
            removal.delete(removal.planDelete(choose(FULL)), BackupRemoval.TheLast.MAY_GO);
            removal.purge(removal.planPurge());
            if (calls.get() <= call) {
                break;
            }
            requireWhole();
            assertThat(state(NEXT)).isEqualTo(BackupState.OK);
        }
    }
}
