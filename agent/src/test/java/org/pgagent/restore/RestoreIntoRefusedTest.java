package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.transfer.TransferProgress;

/** Directories that a restore refuses to write into. */
@Timeout(60)
final class RestoreIntoRefusedTest extends RefusedRestore {
    @Test
    void a_directory_that_is_not_empty() throws IOException {
        Files.createDirectories(target.resolve("base"));
        Files.writeString(target.resolve("PG_VERSION"), "15\n");

        PgAgentException refusal = refusal(SampleRepository.request(target));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
        assertThat(refusal).hasMessageContaining(target.toString()).hasMessageContaining("PG_VERSION");
    }

    @Test
    void a_directory_in_which_a_server_runs() throws IOException {
        Files.createDirectories(target);
        Files.writeString(target.resolve("postmaster.pid"), "1\n");

        PgAgentException refusal = refusal(SampleRepository.request(target));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.CLUSTER_RUNNING);
        assertThat(refusal).hasMessageContaining("postmaster.pid");
    }

    @Test
    void a_file_in_place_of_the_directory() throws IOException {
        Files.writeString(target, "not a directory");

        assertThat(refusal(SampleRepository.request(target)).kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
    }

    @Test
    void the_root_directory_a_home_and_a_mount_point() throws IOException {
        Path home = Files.createDirectory(scratch.resolve("home"));
        LocalUser user = new LocalUser(LocalUser.current().principal(), home);
        Restore restore = new Restore(
                repository.store(),
                repository.keys(),
                1,
                new Restore.Surroundings(
                        user, SampleRepository.NO_SERVERS, TransferProgress.silent(), new Cancellation()));

        for (Path dangerous : List.of(Path.of("/"), home, Path.of("/proc"))) {
            PgAgentException refusal = refusal(restore, SampleRepository.request(dangerous));
            assertThat(refusal.kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
            assertThat(refusal).hasMessageContaining("mount point");
        }
    }

    @Test
    void root_without_an_owner() throws IOException {
        LocalUser root = new LocalUser(
                FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName("0"), Path.of("/root"));
        Restore restore = new Restore(
                repository.store(),
                repository.keys(),
                1,
                new Restore.Surroundings(
                        root, SampleRepository.NO_SERVERS, TransferProgress.silent(), new Cancellation()));
        RestoreDestination nobodys =
                new RestoreDestination(target, TablespaceMapping.NONE, Optional.empty(), Optional.empty());

        PgAgentException refusal = refusal(
                restore,
                new RestoreRequest(
                        Optional.empty(), nobodys, SampleRepository.recoverTo(new RecoveryTarget.EndOfWal())));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.WRONG_OWNER);
        assertThat(refusal.hint()).contains("--owner");
    }

    @Test
    void a_tablespace_whose_directory_has_something_in_it() throws IOException {
        Path fast =
                Files.createDirectories(scratch.resolve("fast/PG_15_202209061")).getParent();
        repository.add(SampleBackup.usual("20261123T055500Z-F", 15)
                .spans(1, "0/3000028", "0/3000100", STOP)
                .link("pg_tblspc/16400", fast.toString())
                .file("pg_tblspc/16400/PG_15_202209061/5/1", new byte[] {1}));

        PgAgentException refusal = refusal(SampleRepository.request(target));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
        assertThat(refusal).hasMessageContaining(fast.toString());
        assertThat(refusal.hint()).contains("--tablespace-mapping " + fast + "=");
    }

    @Test
    void a_mapping_of_a_tablespace_that_the_backup_does_not_have() throws IOException {
        RestoreDestination destination = new RestoreDestination(
                target,
                TablespaceMapping.parse(List.of("/srv/slow=/srv/fast")),
                Optional.empty(),
                SampleRepository.owner());

        PgAgentException refusal = refusal(new RestoreRequest(
                Optional.empty(), destination, SampleRepository.recoverTo(new RecoveryTarget.EndOfWal())));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.USAGE);
        assertThat(refusal).hasMessageContaining("/srv/slow");
    }

    @Test
    void more_than_the_file_system_holds() throws IOException {
        SampleBackup huge = SampleBackup.usual("20261123T055500Z-F", 15).spans(1, "0/3000028", "0/3000100", STOP);
        huge.sparse("base/1/999", 1L << 46);
        repository.add(huge);

        PgAgentException refusal = refusal(SampleRepository.request(target));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.DISK_FULL);
        assertThat(refusal).hasMessageContaining("MiB");
    }

    private static RestoreMarker.Held mark(RestorePlan plan) throws IOException {
        return RestoreMarker.of(plan)
                .place(plan.dataDirectory(), plan.beginning(), FileAccess.forNewFiles(Optional.empty()));
    }

    @Test
    void a_directory_that_another_restore_is_writing_into() throws IOException {
        RestorePlan plan = repository.restore().plan(SampleRepository.request(target));
        Files.createDirectories(target);
        try (RestoreMarker.Held held = mark(plan)) {
            assertThat(held).isNotNull();

            assertThat(refusal(SampleRepository.request(target)).kind()).isEqualTo(ErrorKind.ALREADY_RUNNING);
        }
    }

    @Test
    void an_interrupted_restore_of_another_backup() throws IOException {
        RestorePlan plan = repository.restore().plan(SampleRepository.request(target));
        Files.createDirectories(target);
        mark(plan).close();

        PgAgentException refusal = refusal(from(OLD));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
        assertThat(refusal).hasMessageContaining(OLD).hasMessageContaining(NEW);
    }

    @Test
    void a_cluster_that_was_started_after_its_restore() throws IOException {
        RestorePlan plan = repository.restore().plan(SampleRepository.request(target));
        Files.createDirectories(target.resolve("global"));
        mark(plan).close();
        Files.write(target.resolve("global/pg_control"), "x".getBytes(StandardCharsets.US_ASCII));

        PgAgentException refusal = refusal(SampleRepository.request(target));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
        assertThat(refusal).hasMessageContaining("started");
    }
}
