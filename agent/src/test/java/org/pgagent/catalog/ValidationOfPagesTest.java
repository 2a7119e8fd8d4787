package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.repository.BackupState.CORRUPT;
import static org.pgagent.repository.BackupState.OK;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.pgagent.catalog.ValidationOutcome.Verdict;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalRange;
import org.pgagent.repository.BackupSource;
import org.pgagent.repository.Validation.Depth;
import org.pgagent.wal.SampleWal;

/** Pages that fail their checksum although they are as they were stored. Of each file's 20,000 bytes two are whole pages. */
final class ValidationOfPagesTest extends ValidationTestCase {
    private static BackupSource source(boolean checksums) {
        return new BackupSource(
                SampleWal.OURS,
                170002,
                8192,
                8192,
                SampleWal.SMALL.bytes(),
                checksums,
                false,
                null,
                false,
                Map.of(),
                List.of(),
                Map.of(),
                null);
    }

    private ValidationOutcome validated(BackupSource source, String... files) throws IOException {
        three();
        byte[][] wal = new byte[3][];
        for (int i = 0; i < 3; i++) {
            wal[i] = bytes(KEYS.walFile(segment(3 + i).fileName()));
        }
        store = new MemoryObjectStore();
        for (int i = 0; i < 3; i++) {
            overwrite(KEYS.walFile(segment(3 + i).fileName()), wal[i]);
        }
        WalRange needed = new WalRange(
                new Timeline(1), segment(3).start(), new Lsn(segment(5).start().value() + 80));
        new ChunkedBackups(KEYS, 20_000).of(source, needed).store(store, FULL, null, List.of(files));
        return outcome(validate(all(Depth.DEEP)), FULL);
    }

    @Test
    void pages_of_relations_that_nobody_has_reported_are_named_by_their_blocks() throws IOException {
        ValidationOutcome outcome = validated(source(true), "base/5/16384", "base/5/16384.2", "base/5/notes");

        assertThat(outcome.verdict()).isEqualTo(Verdict.DAMAGED);
        assertThat(state(FULL)).isEqualTo(CORRUPT);
        assertThat(outcome.damages()).allMatch(damage -> damage.kind() == Damage.Kind.PAGES);
        List<DamagedFile> files = outcome.damages().stream()
                .map(damage -> damage.file().orElseThrow())
                .toList();
        assertThat(files.stream()
                        .filter(file -> file.path().toString().equals("base/5/16384"))
                        .flatMapToLong(file -> file.stretches().stream()
                                .flatMapToLong(part -> LongStream.range(part.first(), part.end()))))
                .containsExactlyInAnyOrder(0L, 1L);
        assertThat(files.stream()
                        .filter(file -> file.path().toString().equals("base/5/16384.2"))
                        .flatMapToLong(file -> file.stretches().stream()
                                .flatMapToLong(part -> LongStream.range(part.first(), part.end()))))
                .containsExactlyInAnyOrder(2 * 131_072L, 2 * 131_072L + 1);
        assertThat(files).noneMatch(file -> file.path().toString().endsWith("notes"));
        assertThat(files).allMatch(file -> file.relation().orElseThrow().database() == 5);
    }

    @Test
    void pages_that_the_server_makes_anew_or_that_have_no_checksums_are_not_looked_at() throws IOException {
        assertThat(validated(source(true), "base/5/16384_fsm", "base/5/16384_vm", "PG_VERSION")
                        .verdict())
                .isEqualTo(Verdict.WHOLE);
        assertThat(validated(source(false), "base/5/16384").verdict()).isEqualTo(Verdict.WHOLE);
        assertThat(state(FULL)).isEqualTo(OK);
    }
}
