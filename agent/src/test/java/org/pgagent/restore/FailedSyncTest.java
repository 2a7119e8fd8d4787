package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.ToolRun;

/** The kernel tells of a lost write once: a restore whose sync failed is never completed by another try. */
@Timeout(60)
final class FailedSyncTest {
    @TempDir
    private Path scratch;

    private SampleRepository repository;
    private Path target;
    private Path tablespace;

    @BeforeEach
    void open() throws IOException {
        target = scratch.resolve("pgdata");
        tablespace = scratch.resolve("tablespace");
        repository = SampleRepository.inMemory();
        repository.archive(1, 2, 5);
        repository.add(SampleBackup.usual("20261122T055500Z-F", 15)
                .link("pg_tblspc/16400", tablespace.toString())
                .file("pg_tblspc/16400/PG_15_202209061/5/777", new byte[] {1}));
    }

    @AfterEach
    void close() {
        repository.close();
    }

    private PgAgentException failure(IOException ofSync) throws IOException {
        Restore restore = repository.restore();
        RestorePlan plan = restore.plan(SampleRepository.request(target));
        return catchThrowableOfType(
                PgAgentException.class,
                () -> restore.run(plan, (roots, locked) -> {
                    throw ofSync;
                }));
    }

    private PgAgentException refusal() {
        return catchThrowableOfType(
                PgAgentException.class, () -> repository.restore().plan(SampleRepository.request(target)));
    }

    @Test
    void a_sync_that_a_terminals_interrupt_ended_has_not_failed() throws IOException {
        int status = new ProcessBuilder("env", "--default-signal=INT", "sh", "-c", "kill -INT $$")
                .start()
                .onExit()
                .join()
                .exitValue();

        assertThat(failure(DirectorySync.unfinished(target, status, "")).kind()).isEqualTo(ErrorKind.INTERRUPTED);

        Restore restore = repository.restore();
        restore.run(restore.plan(SampleRepository.request(target)));
        assertThat(target.resolve("global/pg_control")).exists();
        assertThat(DirectorySync.unfinished(target, 1, "Input/output error").kind())
                .isEqualTo(ErrorKind.LOCAL_IO);
    }

    @Test
    void another_try_is_refused_until_all_is_empty() throws IOException {
        PgAgentException failure = failure(new IOException("Input/output error"));

        assertThat(failure.kind()).isEqualTo(ErrorKind.LOCAL_IO);
        assertThat(failure).hasMessageContaining("input/output error").hasMessageContaining(target.toString());
        assertThat(failure.hint()).contains("anew").doesNotContain("goes on");
        assertThat(target.resolve("global/pg_control")).doesNotExist();
        PgAgentException refusal = refusal();
        assertThat(refusal.kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
        assertThat(refusal).hasMessageContaining("did not reach the disk");
        assertThat(refusal.hint()).contains(target.toString(), tablespace.toString());

        ToolRun.successOf("rm", "-r", target.toString(), tablespace.toString());
        Restore anew = repository.restore();
        anew.run(anew.plan(SampleRepository.request(target)));
        assertThat(target.resolve("global/pg_control")).exists();
    }

    @Test
    void a_refused_marker_that_could_not_be_written_refuses_as_well() throws IOException {
        failure(new IOException("Input/output error"));
        Files.write(target.resolve(RestoreMarker.FILE_NAME), new byte[0]);

        assertThat(refusal().kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
    }

    @Test
    void one_that_was_stopped_while_it_synced_goes_on() throws IOException {
        Cancellation cancellation = new Cancellation();
        cancellation.request();
        PgAgentException stop = catchThrowableOfType(PgAgentException.class, cancellation::check);

        assertThat(failure(stop)).isSameAs(stop);

        Restore again = repository.restore();
        again.run(again.plan(SampleRepository.request(target)));
        assertThat(target.resolve("global/pg_control")).exists();
    }

    @Test
    void a_file_system_that_cannot_sync_is_told() {
        // The kernel's own files refuse fsync.
        Path unsyncable = Path.of("/proc/sys/kernel/random");

        PgAgentException failure = catchThrowableOfType(
                PgAgentException.class,
                () -> new DirectorySync(new Cancellation()).sync(List.of(unsyncable), Path.of("/none")));

        assertThat(failure).hasMessageContaining(unsyncable.toString()).hasMessageContaining("reached the disk");
        assertThat(failure.hint()).contains("anew").doesNotContain("goes on");
    }

    @Test
    void every_directory_whose_names_are_new_is_synced() throws IOException {
        Path deep = scratch.resolve("a/b/c");

        MissingDirectories missing = MissingDirectories.above(deep);

        assertThat(missing.parents()).containsExactly(scratch, scratch.resolve("a"), scratch.resolve("a/b"));
        missing.make();
        assertThat(deep).isEmptyDirectory();
        assertThat(MissingDirectories.above(deep).parents()).isEmpty();
        MissingDirectories.above(deep).make();
    }

    @Test
    void directories_above_a_data_directory_belong_to_its_owner() throws IOException {
        target = scratch.resolve("a/b/pgdata");

        Restore restore = repository.restore();
        restore.run(restore.plan(SampleRepository.request(target)));

        for (String made : new String[] {"a", "a/b"}) {
            assertThat(Files.getOwner(scratch.resolve(made))).isEqualTo(Files.getOwner(target));
        }
        assertThat(target.resolve("global/pg_control")).exists();
    }
}
