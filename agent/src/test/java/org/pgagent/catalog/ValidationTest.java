package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.pgagent.repository.BackupState.CORRUPT;
import static org.pgagent.repository.BackupState.DONE;
import static org.pgagent.repository.BackupState.ERROR;
import static org.pgagent.repository.BackupState.OK;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgagent.catalog.ValidationOutcome.Verdict;
import org.pgagent.chunk.Codec;
import org.pgagent.chunk.ContentHash;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.postgres.DataPath;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.FileContent;
import org.pgagent.repository.PlacedChunk;
import org.pgagent.repository.Validation;
import org.pgagent.repository.Validation.Depth;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.StoreRequest;

/** What a validation finds, what it says of it, and what it leaves alone. */
final class ValidationTest extends ValidationTestCase {
    @BeforeEach
    void three_backups() throws IOException {
        three();
    }

    private void change(BackupId id, UnaryOperator<BackupRecord> change) throws IOException {
        BackupRecords.Versioned there = records().read(id).orElseThrow();
        records().replace(there, change.apply(there.record()));
    }

    private void requireDamaged(ValidationReport report, BackupId id, Damage.Kind kind, ObjectKey object) {
        ValidationOutcome outcome = outcome(report, id);
        assertThat(outcome.verdict()).as(id + "").isEqualTo(Verdict.DAMAGED);
        assertThat(outcome.damages())
                .as(outcome.damages().toString())
                .anyMatch(damage -> damage.kind() == kind && damage.object().equals(object));
        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(report::requireGood)
                .matches(e -> e.kind() == ErrorKind.CORRUPTED)
                .withMessageContaining(id.toString());
    }

    @ParameterizedTest
    @EnumSource(Depth.class)
    void whole_backups_are_ok_and_the_proof_is_remembered(Depth depth) throws IOException {
        change(FULL, record -> record.withState(DONE, null));

        ValidationReport report = validate(all(depth));

        report.requireGood();
        assertThat(report.with(Verdict.WHOLE)).containsExactly(OTHER, CHILD, FULL);
        assertThat(report.newestGood()).map(BackupRecord::id).contains(OTHER);
        requireStates(OK, OK, OK);
        assertThat(outcome(report, FULL).before()).isEqualTo(DONE);
        Instant deepAt = depth == Depth.DEEP ? clock.instant() : null;
        assertThat(proof(FULL))
                .isEqualTo(new Validation(
                        clock.instant(), depth, "9.9", proof(FULL).bytesRead(), deepAt));
        assertThat(proof(FULL).bytesRead()).isGreaterThan(depth == Depth.DEEP ? 200_000 : 100);
    }

    @Test
    void backups_are_chosen_by_id_and_by_the_beginning_of_their_time() throws IOException {
        validate(all(Depth.QUICK));

        assertThat(validate(only(Depth.QUICK, CHILD.value())).with(Verdict.WHOLE))
                .containsExactly(CHILD);
        assertThat(validate(only(Depth.QUICK, "2026-11-03")).with(Verdict.WHOLE))
                .containsExactly(OTHER);
        assertThat(validate(only(Depth.QUICK, "20261101", "2026-11-02T00")).with(Verdict.WHOLE))
                .containsExactly(CHILD, FULL);
        assertThat(validate(only(Depth.QUICK, "2026-11")).with(Verdict.WHOLE)).hasSize(3);
        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(() -> validate(only(Depth.QUICK, "2026-12")))
                .matches(e -> e.kind() == ErrorKind.NO_BACKUP);
    }

    @ParameterizedTest
    @EnumSource(Depth.class)
    void a_missing_pack_is_found_in_each_backup_that_needs_it(Depth depth) throws IOException {
        store.delete(List.of(KEYS.pack(SHARED)));

        ValidationReport report = validate(all(depth));

        requireDamaged(report, FULL, Damage.Kind.PACK, KEYS.pack(SHARED));
        requireDamaged(report, CHILD, Damage.Kind.PACK, KEYS.pack(SHARED));
        requireStates(CORRUPT, CORRUPT, OK);
        assertThat(report.sharers().get(KEYS.pack(SHARED))).containsExactly(CHILD, FULL);
        assertThat(report.newestGood()).map(BackupRecord::id).contains(OTHER);
        assertThat(outcome(report, CHILD).damages())
                .filteredOn(damage -> damage.file().isPresent())
                .hasSize(8)
                .allMatch(damage -> damage.problem().equals("is missing"));
        assertThat(record(CHILD).error()).contains("0.pack is missing, which base/0 needs; and 8 more");
    }

    @ParameterizedTest
    @EnumSource(Depth.class)
    void a_pack_that_was_cut_is_found_and_what_lies_before_is_not_blamed(Depth depth) throws IOException {
        cut(KEYS.pack(SHARED));

        ValidationReport report = validate(all(depth));

        requireDamaged(report, FULL, Damage.Kind.PACK, KEYS.pack(SHARED));
        requireStates(CORRUPT, CORRUPT, OK);
        assertThat(outcome(report, FULL).damages())
                .filteredOn(damage -> damage.file().isPresent())
                .extracting(damage -> damage.file().orElseThrow().path().toString())
                .containsExactlyInAnyOrder("base/5", "base/6", "base/7", "base/8", "base/9");
    }

    @Test
    void every_flipped_byte_of_a_chunk_is_found_with_its_file_and_only_by_a_deep_look() throws IOException {
        PlacedChunk chunk = ChunkedBackups.chunks(store, KEYS, record(FULL)).get("base/9");
        flip(KEYS.pack(SHARED), (int) chunk.packOffset() + 1000);

        validate(all(Depth.QUICK)).requireGood();
        ValidationReport report = validate(all(Depth.DEEP));

        requireDamaged(report, FULL, Damage.Kind.PACK, KEYS.pack(SHARED));
        requireStates(CORRUPT, OK, OK);
        Damage damage = outcome(report, FULL).damages().get(0);
        assertThat(damage.problem()).contains("another CRC-32C");
        assertThat(damage.file().orElseThrow().path()).hasToString("base/9");
        assertThat(damage.file().orElseThrow().stretches()).containsExactly(new DamagedFile.Stretch(0, 20_000));
        assertThat(report.sharers().get(KEYS.pack(SHARED))).containsExactly(CHILD, FULL);
    }

    @Test
    void a_shared_damaged_chunk_is_found_also_in_backups_that_were_not_asked_for() throws IOException {
        validate(all(Depth.DEEP));
        PlacedChunk chunk = ChunkedBackups.chunks(store, KEYS, record(FULL)).get("base/3");
        flip(KEYS.pack(SHARED), (int) chunk.packOffset() + 7);

        ValidationReport report = validate(only(Depth.DEEP, FULL.value()));

        requireDamaged(report, CHILD, Damage.Kind.PACK, KEYS.pack(SHARED));
        requireStates(CORRUPT, CORRUPT, OK);
        assertThat(report.outcomes()).hasSize(2);
    }

    @ParameterizedTest
    @EnumSource(Depth.class)
    void a_manifest_that_is_missing_or_cut_or_flipped_is_found(Depth depth) throws IOException {
        byte[] manifest = bytes(KEYS.manifest(CHILD));
        for (int how = 0; how < 3; how++) {
            switch (how) {
                case 0 -> store.delete(List.of(KEYS.manifest(CHILD)));
                case 1 -> cut(KEYS.manifest(CHILD));
                default -> flip(KEYS.manifest(CHILD), manifest.length / 2);
            }
            requireDamaged(validate(all(depth)), CHILD, Damage.Kind.MANIFEST, KEYS.manifest(CHILD));
            requireStates(OK, CORRUPT, OK);
            overwrite(KEYS.manifest(CHILD), manifest);
            ValidationReport again = validate(all(depth));
            again.requireGood();
            assertThat(outcome(again, CHILD).note()).startsWith("whole again; it was CORRUPT: ");
            requireStates(OK, OK, OK);
        }
    }

    @Test
    void every_flipped_byte_of_a_manifest_is_found() throws IOException {
        byte[] manifest = bytes(KEYS.manifest(CHILD));
        for (int at = 0; at < manifest.length; at += 7) {
            flip(KEYS.manifest(CHILD), at);
            requireDamaged(
                    validate(only(Depth.DEEP, CHILD.value())), CHILD, Damage.Kind.MANIFEST, KEYS.manifest(CHILD));
            overwrite(KEYS.manifest(CHILD), manifest);
        }
    }

    @ParameterizedTest
    @EnumSource(Depth.class)
    void missing_wal_is_found_in_each_backup_that_needs_it(Depth depth) throws IOException {
        store.delete(List.of(KEYS.walFile(segment(4).fileName())));

        ValidationReport report = validate(all(depth));

        for (BackupId id : List.of(FULL, CHILD, OTHER)) {
            requireDamaged(report, id, Damage.Kind.WAL, KEYS.walFile(segment(4).fileName()));
        }
        requireStates(CORRUPT, CORRUPT, CORRUPT);
        assertThat(report.newestGood()).isEmpty();
    }

    @Test
    void damaged_wal_is_found_wherever_the_byte_is() throws IOException {
        ObjectKey key = KEYS.walFile(segment(4).fileName());
        byte[] object = bytes(key);
        // In what the object says of itself only blanks may change without being noticed, and its version.
        for (int at : List.of(0, 5, 20, 60, 513, 600, object.length / 2, object.length - 3)) {
            flip(key, at);
            requireDamaged(validate(only(Depth.DEEP, OTHER.value())), OTHER, Damage.Kind.WAL, key);
            overwrite(key, object);
        }
        cut(key);
        requireDamaged(validate(only(Depth.DEEP, OTHER.value())), OTHER, Damage.Kind.WAL, key);
    }

    /** Those that break its syntax; a deep look compares the rest with the manifest. */
    @Test
    void a_record_that_is_not_what_it_was_is_found() throws IOException {
        ObjectKey key = KEYS.backupRecord(CHILD);
        byte[] record = bytes(key);
        for (Depth depth : Depth.values()) {
            overwrite(
                    key,
                    new String(record, StandardCharsets.UTF_8)
                            .replaceFirst("\"state\"", "\"state")
                            .getBytes(StandardCharsets.UTF_8));
            requireDamaged(validate(all(depth)), CHILD, Damage.Kind.RECORD, key);
            store.delete(List.of(key));
            requireDamaged(validate(all(depth)), CHILD, Damage.Kind.RECORD, key);
        }
        String text = new String(record, StandardCharsets.UTF_8);
        String other = text.replaceFirst("(\"xid\" : )1", "$12").replaceFirst("(\"pid\" : )77", "$178");
        overwrite(key, other.getBytes(StandardCharsets.UTF_8));
        validate(all(Depth.QUICK)).requireGood();
        ValidationReport report = validate(all(Depth.DEEP));
        requireDamaged(report, CHILD, Damage.Kind.RECORD, key);
        assertThat(outcome(report, CHILD).damages().get(0).problem()).endsWith("in: stop, writer");
    }

    @Test
    void only_as_close_a_look_as_the_one_that_found_damage_can_clear_it() throws IOException {
        byte[] pack = bytes(KEYS.pack(SHARED));
        flip(KEYS.pack(SHARED), 10);
        validate(all(Depth.DEEP));
        requireStates(CORRUPT, CORRUPT, OK);

        ValidationReport quick = validate(all(Depth.QUICK));
        assertThat(quick.with(Verdict.DAMAGED)).containsExactly(CHILD, FULL);
        requireStates(CORRUPT, CORRUPT, OK);
        cut(KEYS.manifest(CHILD));
        validate(all(Depth.QUICK));
        assertThat(proof(CHILD).depth()).isEqualTo(Depth.DEEP);

        overwrite(KEYS.pack(SHARED), pack);
        assertThat(validate(all(Depth.QUICK)).with(Verdict.DAMAGED)).containsExactly(CHILD, FULL);
        assertThat(validate(all(Depth.DEEP)).with(Verdict.DAMAGED)).containsExactly(CHILD);
        requireStates(OK, CORRUPT, OK);
    }

    @Test
    void one_that_quick_found_damaged_and_that_is_whole_again_has_no_deep_proof() throws IOException {
        validate(all(Depth.DEEP));
        byte[] pack = bytes(KEYS.pack(SHARED));
        store.delete(List.of(KEYS.pack(SHARED)));
        validate(all(Depth.QUICK));
        overwrite(KEYS.pack(SHARED), pack);
        validate(all(Depth.QUICK)).requireGood();

        requireStates(OK, OK, OK);
        assertThat(proof(FULL).deepAt()).isNull();
    }

    /** Of its ten chunks, its child needs eight, and has two of its own. */
    @Test
    void a_chunk_that_was_read_is_not_read_again() throws IOException {
        validate(only(Depth.DEEP, CHILD.value()));
        long child = proof(CHILD).bytesRead();
        validate(only(Depth.DEEP, FULL.value()));
        long full = proof(FULL).bytesRead();

        validate(only(Depth.DEEP, FULL.value(), CHILD.value()));

        assertThat(proof(CHILD).bytesRead()).isEqualTo(child);
        assertThat(proof(FULL).bytesRead()).isBetween(full - 8 * 20_100, full - 8 * 20_000);
    }

    @Test
    void a_dead_owners_backup_becomes_error_and_a_living_ones_stays() throws IOException {
        BackupId dead = new BackupId("20261104T000000Z-F");
        BackupId alive = new BackupId("20261105T000000Z-F");
        store(running(dead, null).withAliveUntil(clock.instant()));
        store(running(alive, null).withAliveUntil(clock.instant().plusSeconds(60)));
        change(FULL, record -> record.deleting("1", clock.instant()));
        change(OTHER, record -> record.deleting("2", clock.instant().plusSeconds(60)));

        ValidationReport report = validate(all(Depth.QUICK));

        assertThat(report.with(Verdict.ABANDONED)).containsExactly(dead, FULL);
        assertThat(report.with(Verdict.AT_WORK)).containsExactly(alive, OTHER);
        requireStates(ERROR, OK, BackupState.DELETING);
        assertThat(state(dead)).isEqualTo(ERROR);
        assertThat(state(alive)).isEqualTo(BackupState.RUNNING);
        assertThat(record(FULL).error()).isEqualTo("its deletion was begun and did not come to its end");
        assertThat(record(FULL).nonce()).isEqualTo("1");
        report.requireGood();
        purge();
        assertThat(state(FULL)).isEqualTo(BackupState.DELETED); // its pack is needed
        validate(all(Depth.DEEP)).requireGood();
        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(() -> validate(only(Depth.QUICK, alive.value())))
                .matches(e -> e.kind() == ErrorKind.ALREADY_RUNNING);
        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(() -> validate(only(Depth.QUICK, dead.value())))
                .matches(e -> e.kind() == ErrorKind.NO_BACKUP);
    }

    /** What is there is there, however the byte came to be another one on its way. */
    @Test
    void a_byte_that_changes_on_the_way_is_no_damage() throws IOException {
        FaultyObjectStore counting = FaultyObjectStore.counting(store);
        validate(counting, all(Depth.DEEP));
        int gets =
                (int) counting.calls().stream().filter(StoreRequest.GET::equals).count();
        assertThat(gets).isGreaterThan(15);
        for (int get = 0; get < gets; get++) {
            FaultyObjectStore faulty =
                    FaultyObjectStore.failing(store, StoreRequest.GET, get, FaultyObjectStore.Fault.FLIPPED_BYTE);
            ValidationReport report;
            try {
                report = validate(faulty, all(Depth.DEEP));
            } catch (PgAgentException e) {
                throw new AssertionError("at " + get, e);
            }
            assertThat(report.with(Verdict.DAMAGED)).as("at " + get).isEmpty();
            requireStates(OK, OK, OK);
        }
    }

    @Test
    void the_memory_of_what_was_read_is_bounded() {
        VerifiedChunks verified = new VerifiedChunks(1 << 13);
        List<ReadChunk> chunks =
                LongStream.range(0, 40_000).mapToObj(ValidationTest::chunk).toList();
        chunks.subList(0, 20_000).forEach(verified::add);

        assertThat(chunks.subList(0, 20_000)).filteredOn(verified::has).hasSizeBetween(6_000, 6_200);
        assertThat(chunks.subList(20_000, 40_000)).noneMatch(verified::has);
    }

    private static ReadChunk chunk(long number) {
        StoredChunk stored = new StoredChunk(Codec.LZ4, 100, 50, 7, new ContentHash(1, number));
        PlacedChunk placed = PlacedChunk.stretch(SHARED, number * 50, stored, 0);
        FileContent content = new FileContent(100, List.of(placed));
        ReadFile file = ReadFile.of(DataPath.of("base/1"), ReadFile.PageLayout.usual(8192));
        return new ReadChunk(file, content.needed().get(0), false);
    }
}
