package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.catalog.ChunkedBackups.files;
import static org.pgagent.repository.BackupState.CORRUPT;
import static org.pgagent.repository.BackupState.OK;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgagent.catalog.ValidationOutcome.Verdict;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.FaultyObjectStore.Fault;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.Pin;
import org.pgagent.repository.PlacedChunk;
import org.pgagent.repository.Validation;
import org.pgagent.repository.Validation.Depth;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.StoreRequest;

/** Validations whose store fails or that are killed, and what goes on beside them. */
final class ValidationRaceTest extends ValidationTestCase {
    private static final int CALLS_MAX = 400;
    private static final Set<ErrorKind> THE_STORES =
            Set.of(ErrorKind.STORE_FAILED, ErrorKind.STORE_DENIED, ErrorKind.STORE_UNREACHABLE);

    /** The backup's own chunk, so that its parent is whole. */
    private void damageChild() throws IOException {
        PlacedChunk chunk = ChunkedBackups.chunks(store, KEYS, record(CHILD)).get("base/9");
        flip(KEYS.pack(chunk.pack()), (int) chunk.packOffset() + 9);
    }

    /** Killed at each request, or refused by the store: nothing is said that is not so, and the next one says it all. */
    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"FAILED_BEFORE", "FAILED_AFTER", "DENIED", "CUT_SHORT", "KILLED"})
    void trouble_with_the_store_is_never_a_verdict(Fault fault) throws IOException {
        boolean hit = true;
        int call = 0;
        for (; hit; call++) {
            three();
            damageChild();
            String when = fault + " at " + call;
            FaultyObjectStore faulty = fault == Fault.CUT_SHORT
                    ? FaultyObjectStore.failing(store, StoreRequest.GET, call, fault)
                    : FaultyObjectStore.failing(store, call, fault);
            try {
                ValidationReport report = validate(faulty, all(Depth.DEEP));
                if (faulty.wasHit()) {
                    assertThat(report.doubt()).as(when).isPresent();
                    assertThat(report.doubt().orElseThrow().kind()).as(when).isIn(THE_STORES);
                    // Or it was the last look, at whoever has ended meanwhile.
                    assertThat(report.with(Verdict.NOT_CHECKED).size()
                                    + report.with(Verdict.DAMAGED).size())
                            .as(when)
                            .isPositive();
                }
                report.with(Verdict.DAMAGED)
                        .forEach(id -> assertThat(id).as(when).isEqualTo(CHILD));
            } catch (PgAgentException e) {
                assertThat(e.kind()).as(when).isIn(THE_STORES);
            }
            hit = faulty.wasHit();
            assertThat(state(FULL)).as(when).isEqualTo(OK);
            assertThat(state(OTHER)).as(when).isEqualTo(OK);
            assertThat(state(CHILD)).as(when).isIn(OK, CORRUPT);

            assertThat(validate(all(Depth.DEEP)).with(Verdict.DAMAGED)).as(when).containsExactly(CHILD);
            requireStates(OK, CORRUPT, OK);
        }
        assertThat(call).isGreaterThan(15);
    }

    /** A repository that somebody works on while it is validated; returns at how many moments. */
    private int atEachMoment(Step begin, Step meanwhile, Step afterwards) throws IOException {
        for (int call = 0; call < CALLS_MAX; call++) {
            begin.run();
            AtomicInteger calls = new AtomicInteger();
            ObjectStore through = interrupted(call, calls, () -> tolerant(meanwhile));
            ValidationReport report = validate(through, all(Depth.DEEP));
            String when = "at " + call;
            report.doubt().ifPresent(doubt -> assertThat(doubt.kind()).as(when).isEqualTo(ErrorKind.OBJECT_CHANGED));
            assertThat(report.with(Verdict.DAMAGED)).as(when).isEmpty();
            afterwards.run();
            validate(all(Depth.DEEP)).requireGood();
            if (calls.get() <= call) {
                return call;
            }
        }
        throw new AssertionError("a validation never came to its end");
    }

    private static void tolerant(Step meanwhile) throws IOException {
        try {
            meanwhile.run();
        } catch (PgAgentException e) {
            assertThat(e.kind()).isIn(ErrorKind.ALREADY_RUNNING, ErrorKind.OBJECT_CHANGED, ErrorKind.NO_BACKUP);
        }
    }

    private void change(BackupId id, UnaryOperator<BackupRecord> change) throws IOException {
        BackupRecords.Versioned there = records().read(id).orElseThrow();
        records().replace(there, change.apply(there.record()));
    }

    @Test
    void a_deletion_meanwhile_stays_one() throws IOException {
        assertThat(atEachMoment(
                        this::three,
                        () -> {
                            delete(OTHER);
                            purge();
                        },
                        () -> assertThat(state(OTHER)).isIn(null, OK, BackupState.DELETED)))
                .isGreaterThan(20);
    }

    @Test
    void a_deletion_that_is_under_way_is_left_alone() throws IOException {
        atEachMoment(
                this::three,
                () -> change(
                        OTHER, record -> record.deleting("1", clock.instant().plusSeconds(100))),
                () -> assertThat(state(OTHER)).isIn(OK, BackupState.DELETING));
    }

    @Test
    void a_pin_meanwhile_stays() throws IOException {
        atEachMoment(this::three, () -> change(CHILD, record -> record.withPin(new Pin(null, "keep"))), () -> {
            BackupRecord child = record(CHILD);
            assertThat(child.pin() != null || child.validation() != null).isTrue();
            assertThat(child.state()).isEqualTo(OK);
        });
    }

    private Compaction.Result compact() throws IOException {
        return new Compaction(store, KEYS, removal(), new Compaction.Around(clock, new Cancellation())).run(95, WRITER);
    }

    /** What was read of the manifest and the packs before is gone after that. */
    @Test
    void a_compaction_meanwhile_is_no_damage() throws IOException {
        int moments = atEachMoment(
                () -> {
                    three();
                    delete(FULL);
                },
                () -> {
                    compact();
                    purge();
                },
                () -> {
                    backups.requireEveryByte(store, "afterwards");
                    assertThat(state(CHILD)).isEqualTo(OK);
                });
        assertThat(moments).isGreaterThan(20);
    }

    @Test
    void a_backup_that_is_taken_meanwhile_is_none_of_its_business() throws IOException {
        atEachMoment(this::three, () -> backups.store(store, NEXT, CHILD, files(1, 3)), () -> {});
    }

    /** It needs what is found damaged, and was no backup yet when that was looked for. */
    @Test
    void a_backup_that_ends_meanwhile_and_needs_what_is_damaged_is_found_too() throws IOException {
        for (int call = 0; call < CALLS_MAX; call++) {
            three();
            PlacedChunk chunk = ChunkedBackups.chunks(store, KEYS, record(FULL)).get("base/3");
            flip(KEYS.pack(SHARED), (int) chunk.packOffset() + 7);
            AtomicInteger calls = new AtomicInteger();
            AtomicBoolean damageKnown = new AtomicBoolean();
            ObjectStore through = interrupted(call, calls, () -> {
                damageKnown.set(state(CHILD) == CORRUPT || state(FULL) == CORRUPT);
                backups.store(store, NEXT, CHILD, files(1, 3));
            });
            validate(through, all(Depth.DEEP));
            if (calls.get() <= call) {
                assertThat(call).isGreaterThan(15);
                return;
            }
            if (!damageKnown.get()) { // later ones see that their parent is damaged
                assertThat(state(NEXT)).as("at " + call).isEqualTo(CORRUPT);
            }
        }
        throw new AssertionError("a validation never came to its end");
    }

    @Test
    void two_at_once_say_the_same() throws IOException {
        atEachMoment(this::three, () -> validate(all(Depth.QUICK)), () -> requireStates(OK, OK, OK));
        for (Depth other : Depth.values()) {
            for (int call = 0; call < CALLS_MAX; call++) {
                three();
                damageChild();
                AtomicInteger calls = new AtomicInteger();
                validate(interrupted(call, calls, () -> validate(all(other))), all(Depth.DEEP));
                requireStates(OK, CORRUPT, OK);
                assertThat(proof(CHILD).depth()).isEqualTo(Depth.DEEP);
                if (calls.get() <= call) {
                    break;
                }
            }
        }
    }

    /** The one has read the bytes before they were damaged, the other after that. */
    @Test
    void damage_that_another_one_has_found_meanwhile_is_not_cleared() throws IOException {
        for (int call = 0; call < CALLS_MAX; call++) {
            three();
            AtomicInteger calls = new AtomicInteger();
            ObjectStore through = interrupted(call, calls, () -> {
                damageChild();
                validate(all(Depth.DEEP));
            });
            validate(through, all(Depth.DEEP));
            if (calls.get() <= call) {
                break;
            }
            assertThat(state(CHILD)).as("at " + call).isEqualTo(CORRUPT);
        }
    }

    /** The bytes that it needs of its parent are damaged, its own are not. */
    @Test
    void nothing_of_a_damaged_pack_is_believed_because_another_backup_is_whole() throws IOException {
        three();
        PlacedChunk chunk = ChunkedBackups.chunks(store, KEYS, record(CHILD)).get("base/2");
        byte[] pack = bytes(KEYS.pack(chunk.pack()));
        Arrays.fill(pack, (int) chunk.packOffset(), (int) chunk.packEnd(), (byte) 0);
        overwrite(KEYS.pack(chunk.pack()), pack);

        assertThat(validate(all(Depth.DEEP)).with(Verdict.DAMAGED)).containsExactly(CHILD, FULL);
    }

    @Test
    void a_validation_is_told_of_in_the_record_of_the_one_who_made_it() throws IOException {
        three();
        validate(only(Depth.QUICK, CHILD.value()));

        assertThat(proof(CHILD)).extracting(Validation::pgagentVersion).isEqualTo("9.9");
        assertThat(proof(FULL)).isNull();
        assertThat(List.of(record(CHILD).writer().host())).containsExactly("db1");
    }
}
