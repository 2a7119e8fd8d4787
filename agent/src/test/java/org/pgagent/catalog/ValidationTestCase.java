package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.catalog.ChunkedBackups.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.pgagent.chunk.Compression;
import org.pgagent.error.Cancellation;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalRange;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupSource;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.PackId;
import org.pgagent.repository.Validation;
import org.pgagent.repository.Validation.Depth;
import org.pgagent.repository.WalObjectWriter;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;
import org.pgagent.transfer.TransferProgress;
import org.pgagent.wal.SampleWal;

/** A full backup, one that needs most of it, and one that needs nothing of either; all of them need some WAL. */
abstract class ValidationTestCase extends RemovalTestCase {
    static final BackupRecord.Writer WRITER = new BackupRecord.Writer("db2", 99, "9.9");
    static final PackId SHARED = new PackId(FULL, 0);
    static final Duration WEEK = Duration.ofDays(7);

    private static final int CHUNK_BYTES = 20_000;

    ChunkedBackups backups;

    static WalSegment segment(long number) {
        return SampleWal.segment(number, SampleWal.SMALL);
    }

    static BackupSource source() {
        return new BackupSource(
                SampleWal.OURS,
                170002,
                8192,
                8192,
                SampleWal.SMALL.bytes(),
                false,
                false,
                null,
                false,
                Map.of(),
                List.of(),
                Map.of(),
                null);
    }

    /** Three complete backups, and segments 3 to 5. */
    void three() throws IOException {
        store = new MemoryObjectStore();
        Lsn start = segment(3).start();
        WalRange wal = new WalRange(
                new Timeline(1),
                new Lsn(start.value() + 40),
                new Lsn(segment(5).start().value() + 80));
        backups = new ChunkedBackups(KEYS, CHUNK_BYTES).of(source(), wal);
        backups.store(store, FULL, null, files(0, 10));
        backups.store(store, CHILD, FULL, files(8, 10));
        backups.store(store, OTHER, null, files(0, 3));
        for (long number = 3; number <= 5; number++) {
            archive(segment(number));
        }
    }

    private void archive(WalSegment segment) throws IOException {
        byte[] bytes = SampleWal.bytes(segment, segment.number());
        WalObjects objects = new WalObjects(store, KEYS);
        try (WalObjectWriter writer =
                objects.create(KEYS.walFile(segment.fileName()), Compression.parse("lz4"), bytes.length)) {
            writer.write(bytes, 0, bytes.length);
            writer.seal(segment.fileName(), SampleWal.OURS);
            writer.publish();
        }
    }

    BackupValidation validation(ObjectStore through) {
        return new BackupValidation(
                through,
                KEYS,
                3,
                new BackupValidation.Around(clock, new Cancellation(), TransferProgress.silent(), WRITER));
    }

    static ValidationChoice all(Depth depth) {
        return new ValidationChoice(depth, List.of(), Optional.empty());
    }

    static ValidationChoice only(Depth depth, String... named) {
        return new ValidationChoice(
                depth, Stream.of(named).map(BackupSelector::parse).toList(), Optional.of(WEEK));
    }

    ValidationReport validate(ValidationChoice choice) throws IOException {
        return validate(store, choice);
    }

    ValidationReport validate(ObjectStore through, ValidationChoice choice) throws IOException {
        BackupValidation validation = validation(through);
        return validation.run(validation.plan(choice));
    }

    static ValidationOutcome outcome(ValidationReport report, BackupId id) {
        return report.outcomes().stream()
                .filter(outcome -> outcome.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    BackupRecord record(BackupId id) throws IOException {
        return records().find(id).orElseThrow();
    }

    void requireStates(BackupState full, BackupState child, BackupState other) throws IOException {
        assertThat(List.of(state(FULL), state(CHILD), state(OTHER))).containsExactly(full, child, other);
    }

    byte[] bytes(ObjectKey key) throws IOException {
        return store.getSmall(key, 1 << 30).bytes();
    }

    void overwrite(ObjectKey key, byte[] bytes) throws IOException {
        store.put(key, ByteBuffer.wrap(bytes), WriteCondition.always());
    }

    void flip(ObjectKey key, int at) throws IOException {
        byte[] bytes = bytes(key);
        bytes[at] ^= 0x10;
        overwrite(key, bytes);
    }

    void cut(ObjectKey key) throws IOException {
        byte[] bytes = bytes(key);
        overwrite(key, Arrays.copyOf(bytes, bytes.length / 2));
    }

    Validation proof(BackupId id) throws IOException {
        return record(id).validation();
    }
}
