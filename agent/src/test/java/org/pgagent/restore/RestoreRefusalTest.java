package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.PackId;
import org.pgagent.restore.RecoveryTarget.Edge;
import org.pgagent.transfer.TransferProgress;

/** What a restore refuses: each with its kind, a message that has the facts, a hint, and nothing changed. */
@Timeout(60)
final class RestoreRefusalTest {
    private static final String OLD = "20261121T055500Z-F";
    private static final String NEW = "20261122T055500Z-F";
    private static final Instant STOP = Instant.parse("2026-11-22T06:00:00Z");

    @TempDir
    private Path scratch;

    @TempDir
    private Path bucket;

    private SampleRepository repository;
    private Path target;

    @BeforeEach
    void open() throws IOException {
        repository = SampleRepository.inDirectory(bucket);
        target = scratch.resolve("pgdata");
        repository.add(SampleBackup.usual(OLD, 15)
                .spans(1, "0/1000028", "0/1000100", STOP.minusSeconds(86_400))
                .nextXid(700));
        repository.add(SampleBackup.usual(NEW, 15)
                .spans(1, "0/3000028", "0/3000100", STOP)
                .nextXid(900));
        repository.archive(1, 1, 5);
        storedAt(5, STOP.plusSeconds(3600));
    }

    @AfterEach
    void close() {
        repository.close();
    }

    private void storedAt(int segment, Instant time) throws IOException {
        Path object =
                bucket.resolve("main/wal/00000001/00000000/0000000100000000000000" + String.format("%02X", segment));
        Files.setLastModifiedTime(object, FileTime.from(time));
    }

    /** Everything in the test's directory: what is there, of what kind, with what content. */
    private Map<String, String> snapshot() throws IOException {
        Map<String, String> seen = new TreeMap<>();
        try (Stream<Path> all = Files.walk(scratch)) {
            for (Path path : all.toList()) {
                String what = Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS)
                        + " " + Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS)
                        + (Files.isRegularFile(path) ? Files.readString(path) : "");
                seen.put(path.toString(), what);
            }
        }
        return seen;
    }

    private PgAgentException refusal(RestoreRequest request) throws IOException {
        return refusal(repository.restore(), request);
    }

    private PgAgentException refusal(Restore restore, RestoreRequest request) throws IOException {
        Map<String, String> before = snapshot();
        PgAgentException refusal = catchThrowableOfType(PgAgentException.class, () -> restore.plan(request));
        assertThat(refusal).isNotNull();
        assertThat(refusal.hint()).isNotBlank();
        assertThat(snapshot()).isEqualTo(before);
        return refusal;
    }

    private RestoreRequest to(RecoveryTarget recoveryTarget) throws IOException {
        return new RestoreRequest(
                Optional.empty(), SampleRepository.into(target), SampleRepository.recoverTo(recoveryTarget));
    }

    private RestoreRequest on(TargetTimeline timeline) throws IOException {
        return new RestoreRequest(
                Optional.empty(),
                SampleRepository.into(target),
                new RecoveryRequest(
                        new RecoveryTarget.EndOfWal(),
                        timeline,
                        TargetAction.PROMOTE,
                        CopyRole.PRIMARY,
                        Archiving.OFF,
                        "pgagent wal-fetch %f %p"));
    }

    private RestoreRequest from(String backup) throws IOException {
        return new RestoreRequest(
                Optional.of(new BackupId(backup)),
                SampleRepository.into(target),
                SampleRepository.recoverTo(new RecoveryTarget.EndOfWal()));
    }

    private static RecoveryTarget time(Instant time) {
        return new RecoveryTarget.AtTime(time, Edge.INCLUSIVE);
    }

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
                new Restore.Surroundings(user, TransferProgress.silent(), new Cancellation()));

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
                new Restore.Surroundings(root, TransferProgress.silent(), new Cancellation()));
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
    void a_target_time_before_the_end_of_the_oldest_backup() throws IOException {
        PgAgentException refusal = refusal(to(time(STOP.minusSeconds(86_400))));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.RECOVERY_TARGET);
        assertThat(refusal).hasMessageContaining(OLD).hasMessageContaining("2026-11-21T06:00:00Z");
    }

    @Test
    void a_target_before_the_end_of_the_backup_that_was_asked_for() throws IOException {
        PgAgentException refusal = refusal(new RestoreRequest(
                Optional.of(new BackupId(NEW)),
                SampleRepository.into(target),
                SampleRepository.recoverTo(new RecoveryTarget.AtLsn(Lsn.parse("0/3000060"), Edge.INCLUSIVE))));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.RECOVERY_TARGET);
        assertThat(refusal).hasMessageContaining(NEW).hasMessageContaining("0/3000100");
    }

    @Test
    void a_target_lsn_after_the_end_of_the_archive() throws IOException {
        PgAgentException refusal = refusal(to(new RecoveryTarget.AtLsn(Lsn.parse("0/6000000"), Edge.INCLUSIVE)));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.RECOVERY_TARGET);
        assertThat(refusal).hasMessageContaining("0/6000000");
    }

    @Test
    void a_target_time_long_after_the_end_of_the_archive() throws IOException {
        PgAgentException refusal = refusal(to(time(STOP.plusSeconds(86_400))));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.RECOVERY_TARGET);
        assertThat(refusal)
                .hasMessageContaining("the archive ends at 0/6000000")
                .hasMessageContaining("07:00:00Z");
    }

    @Test
    void a_target_transaction_that_began_before_every_backup() throws IOException {
        PgAgentException refusal = refusal(to(new RecoveryTarget.AtXid(650, Edge.INCLUSIVE)));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.RECOVERY_TARGET);
        assertThat(refusal.hint()).contains("--backup");
    }

    @Test
    void a_timeline_that_nobody_knows() throws IOException {
        PgAgentException refusal = refusal(on(TargetTimeline.parse("7")));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.RECOVERY_TARGET);
        assertThat(refusal).hasMessageContaining("timeline 7");
        assertThat(refusal.hint()).contains("It knows 1");
    }

    @Test
    void the_latest_timeline_when_it_was_left_before_the_backup_ended() throws IOException {
        repository.history(2, "1\t0/2000060\tno recovery target specified\n");

        PgAgentException refusal = refusal(SampleRepository.request(target));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.RECOVERY_TARGET);
        assertThat(refusal)
                .hasMessageContaining("timeline 2, the latest")
                .hasMessageContaining("0/2000060")
                .hasMessageContaining("0/3000100");
        assertThat(refusal.hint()).contains("--target-timeline current");
    }

    @Test
    void a_segment_missing_within_the_backup() throws IOException {
        repository.remove(new org.pgagent.storage.ObjectKey("main/wal/00000001/00000000/000000010000000000000003"));

        PgAgentException refusal = refusal(SampleRepository.request(target));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.CORRUPTED);
        assertThat(refusal).hasMessageContaining("000000010000000000000003").hasMessageContaining(NEW);
    }

    @Test
    void a_pack_that_is_missing() throws IOException {
        repository.remove(repository.keys().pack(new PackId(new BackupId(NEW), 1)));

        PgAgentException refusal = refusal(SampleRepository.request(target));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.CORRUPTED);
        assertThat(refusal).hasMessageContaining("data/1.pack").hasMessageContaining("missing");
    }

    @Test
    void a_pack_that_is_too_short() throws IOException {
        repository.put(repository.keys().pack(new PackId(new BackupId(NEW), 0)), new byte[100]);

        PgAgentException refusal = refusal(SampleRepository.request(target));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.CORRUPTED);
        assertThat(refusal).hasMessageContaining("data/0.pack").hasMessageContaining("100 bytes");
    }

    @Test
    void a_manifest_that_is_missing_or_not_the_one_of_the_record() throws IOException {
        byte[] other = repository
                .store()
                .getSmall(repository.keys().manifest(new BackupId(OLD)), 1 << 20)
                .bytes();
        BackupRecord record = new BackupRecords(repository.store(), repository.keys())
                .find(new BackupId(NEW))
                .orElseThrow();
        byte[] sameLength =
                java.util.Arrays.copyOf(other, (int) record.manifest().size());
        repository.put(repository.keys().manifest(new BackupId(NEW)), sameLength);
        assertThat(refusal(SampleRepository.request(target)).kind()).isEqualTo(ErrorKind.CORRUPTED);

        repository.remove(repository.keys().manifest(new BackupId(NEW)));
        assertThat(refusal(SampleRepository.request(target)).kind()).isEqualTo(ErrorKind.CORRUPTED);
    }

    @Test
    void a_backup_that_does_not_exist_or_is_not_whole() throws IOException {
        BackupRecords records = new BackupRecords(repository.store(), repository.keys());
        BackupRecords.Versioned found = records.read(new BackupId(NEW)).orElseThrow();
        records.replace(found, found.record().withState(BackupState.CORRUPT, "pack 3 has another CRC"));

        assertThat(refusal(from("20260101T000000Z-F")).kind()).isEqualTo(ErrorKind.NO_BACKUP);
        assertThat(refusal(from(NEW))).hasMessageContaining("CORRUPT").hasMessageContaining("pack 3 has another CRC");
    }

    @Test
    void a_cluster_that_is_not_there() throws IOException {
        try (SampleRepository empty = SampleRepository.inMemory()) {
            empty.remove(empty.keys().description());

            PgAgentException refusal = refusal(empty.restore(), SampleRepository.request(target));

            assertThat(refusal.kind()).isEqualTo(ErrorKind.NO_BACKUP);
            assertThat(refusal).hasMessageContaining("'main'");
        }
    }

    @Test
    void a_target_for_a_standby() throws IOException {
        RecoveryRequest both = new RecoveryRequest(
                new RecoveryTarget.Immediate(),
                new TargetTimeline.Latest(),
                TargetAction.PAUSE,
                CopyRole.STANDBY,
                Archiving.OFF,
                "pgagent wal-fetch %f %p");

        PgAgentException refusal = refusal(new RestoreRequest(Optional.empty(), SampleRepository.into(target), both));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.USAGE);
    }

    @Test
    void two_targets() {
        PgAgentException refusal = catchThrowableOfType(
                PgAgentException.class,
                () -> RecoveryTarget.only(List.of(new RecoveryTarget.Immediate(), new RecoveryTarget.AtName("a"))));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.USAGE);
        assertThat(refusal).hasMessageContaining("immediate").hasMessageContaining("name a");
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

    @Test
    void a_directory_that_another_restore_is_writing_into() throws IOException {
        RestorePlan plan = repository.restore().plan(SampleRepository.request(target));
        Files.createDirectories(target);
        try (RestoreMarker.Held held = RestoreMarker.of(plan).place(target, FileAccess.forNewFiles(Optional.empty()))) {
            assertThat(held).isNotNull();

            assertThat(refusal(SampleRepository.request(target)).kind()).isEqualTo(ErrorKind.ALREADY_RUNNING);
        }
    }

    @Test
    void an_interrupted_restore_of_another_backup() throws IOException {
        RestorePlan plan = repository.restore().plan(SampleRepository.request(target));
        Files.createDirectories(target);
        RestoreMarker.of(plan)
                .place(target, FileAccess.forNewFiles(Optional.empty()))
                .close();

        PgAgentException refusal = refusal(from(OLD));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
        assertThat(refusal).hasMessageContaining(OLD).hasMessageContaining(NEW);
    }

    @Test
    void a_cluster_that_was_started_after_its_restore() throws IOException {
        RestorePlan plan = repository.restore().plan(SampleRepository.request(target));
        Files.createDirectories(target.resolve("global"));
        RestoreMarker.of(plan)
                .place(target, FileAccess.forNewFiles(Optional.empty()))
                .close();
        Files.write(target.resolve("global/pg_control"), "x".getBytes(StandardCharsets.US_ASCII));

        PgAgentException refusal = refusal(SampleRepository.request(target));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
        assertThat(refusal).hasMessageContaining("started");
    }
}
