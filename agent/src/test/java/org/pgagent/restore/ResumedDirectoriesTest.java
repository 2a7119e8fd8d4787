package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An interrupted restore that goes on in more directories than one, wherever they lie: what is whole stays, strangers go. */
@Timeout(60)
final class ResumedDirectoriesTest {
    private static final String VERSION_DIRECTORY = "PG_15_202209061";
    private static final String RELATION = VERSION_DIRECTORY + "/5/777";

    @TempDir
    private Path scratch;

    private SampleRepository repository;
    private SampleBackup backup;

    @BeforeEach
    void open() throws IOException {
        repository = SampleRepository.inMemory();
        repository.archive(1, 2, 5);
        backup = SampleBackup.usual("20261122T055500Z-F", 15);
    }

    @AfterEach
    void close() {
        repository.close();
    }

    private void tablespace(int oid, Path location) {
        backup.link("pg_tblspc/" + oid, location.toString())
                .directory("pg_tblspc/" + oid + "/" + VERSION_DIRECTORY, 0700)
                .file("pg_tblspc/" + oid + "/" + RELATION, SampleBackup.bytes(50_000, oid));
    }

    private void requireTablespace(int oid, Path location) {
        assertThat(location.resolve(RELATION))
                .hasBinaryContent(backup.files().get("pg_tblspc/" + oid + "/" + RELATION));
    }

    private RestoreResult restore(Path target, Optional<Path> wal) throws IOException {
        RestoreDestination destination =
                new RestoreDestination(target, TablespaceMapping.NONE, wal, SampleRepository.owner());
        Restore restore = repository.restore();
        return restore.run(restore.plan(new RestoreRequest(
                Optional.empty(), destination, SampleRepository.recoverTo(new RecoveryTarget.EndOfWal()))));
    }

    private static void stranger(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "stranger");
    }

    @Test
    void tablespaces_in_the_data_directory_and_elsewhere_are_kept() throws IOException {
        Path target = scratch.resolve("pgdata");
        Path inside = target.resolve("deep/inside");
        Path beside = target.resolve("deep/beside");
        Path outside = scratch.resolve("outside");
        tablespace(16400, inside);
        tablespace(16401, beside);
        tablespace(16402, outside);
        repository.add(backup);
        SampleRepository.interrupt(restore(target, Optional.empty()).plan());
        Files.delete(beside.resolve(RELATION));
        stranger(inside.resolve(VERSION_DIRECTORY).resolve("5/778"));
        stranger(outside.resolve(VERSION_DIRECTORY).resolve("6/1"));
        stranger(outside.resolve("PG_14_202107181/5/1"));
        stranger(target.resolve("deep/stranger"));

        RestoreResult again = restore(target, Optional.empty());

        assertThat(again.plan().beginning()).isEqualTo(RestorePlan.Beginning.RESUMED);
        assertThat(again.gets()).isLessThanOrEqualTo(2);
        assertThat(target.resolve("global/pg_control")).exists();
        requireTablespace(16400, inside);
        requireTablespace(16401, beside);
        requireTablespace(16402, outside);
        assertThat(inside.resolve(VERSION_DIRECTORY).resolve("5/778")).doesNotExist();
        assertThat(outside.resolve(VERSION_DIRECTORY).resolve("6")).doesNotExist();
        assertThat(outside.resolve("PG_14_202107181/5/1")).exists();
        assertThat(target.resolve("deep/stranger")).doesNotExist();
    }

    @Test
    void a_tablespace_is_kept_that_lies_in_the_data_directory_by_another_name_of_it() throws IOException {
        Path real = Files.createDirectory(scratch.resolve("real"));
        Path target = Files.createSymbolicLink(scratch.resolve("pgdata"), real);
        tablespace(16400, real.resolve("inside"));
        repository.add(backup);
        SampleRepository.interrupt(restore(target, Optional.empty()).plan());

        restore(target, Optional.empty());

        requireTablespace(16400, real.resolve("inside"));
        assertThat(target.resolve("global/pg_control")).exists();
    }

    @Test
    void a_pg_wal_elsewhere_is_kept_and_cleared_of_strangers() throws IOException {
        Path target = scratch.resolve("pgdata");
        Path wal = scratch.resolve("fast/wal");
        tablespace(16400, wal.resolve("inside"));
        repository.add(backup);
        SampleRepository.interrupt(restore(target, Optional.of(wal)).plan());
        stranger(wal.resolve("000000010000000000000002"));
        stranger(wal.resolve("archive_status/000000010000000000000002.ready"));
        stranger(scratch.resolve("fast/not-ours"));

        restore(target, Optional.of(wal));

        assertThat(Files.readSymbolicLink(target.resolve("pg_wal"))).isEqualTo(wal);
        assertThat(wal.resolve("000000010000000000000002")).doesNotExist();
        assertThat(wal.resolve("archive_status")).isEmptyDirectory();
        assertThat(scratch.resolve("fast/not-ours")).exists();
        requireTablespace(16400, wal.resolve("inside"));
        assertThat(target.resolve("global/pg_control")).exists();
    }
}
