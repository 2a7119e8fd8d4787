package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.PackId;
import org.pgagent.restore.RecoveryTarget.Edge;

/** Targets and backups that a restore refuses. */
@Timeout(60)
final class RestoreRefusalTest extends RefusedRestore {
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
        assertThat(refusal.hint()).contains("--backup");
    }

    @Test
    void a_target_before_the_end_of_the_backup_whose_restore_was_interrupted() throws IOException {
        RestorePlan interrupted = repository.restore().plan(from(NEW));
        Files.createDirectories(target.resolve("global"));
        Files.createFile(target.resolve("global/pg_control"));
        SampleRepository.interrupt(interrupted);

        PgAgentException refusal = refusal(to(new RecoveryTarget.AtLsn(Lsn.parse("0/3000060"), Edge.INCLUSIVE)));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.RECOVERY_TARGET);
        assertThat(refusal).hasMessageContaining(NEW).hasMessageContaining("0/3000100");
        assertThat(refusal.hint())
                .contains("a restore of that backup that was begun", "empty")
                .doesNotContain("--backup");
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

    /** The backup ends with the last byte of segment 4. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void a_segment_missing_within_the_backup(int missing) throws IOException {
        String id = "20261123T055500Z-F";
        repository.add(SampleBackup.usual(id, SampleRepository.MAJOR)
                .spans(1, "0/2000028", "0/5000000", STOP.plusSeconds(3600)));
        String segment = "00000001000000000000000" + missing;
        repository.remove(repository.keys().walFile("000000010000000000000005"));
        assertThat(repository.restore().plan(from(id)).wal().last().fileName()).endsWith("4");
        repository.remove(repository.keys().walFile(segment));

        PgAgentException refusal = refusal(from(id));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.CORRUPTED);
        assertThat(refusal).hasMessageContaining(segment).hasMessageContaining(id);
        assertThat(refusal.hint()).contains("pg_wal", "--backup");
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
    void a_backup_whose_record_is_damaged_when_it_was_asked_for_or_is_the_only_one() throws IOException {
        repository.put(repository.keys().backupRecord(new BackupId(NEW)), new byte[] {'{'});
        assertThat(refusal(from(NEW)).kind()).isEqualTo(ErrorKind.CORRUPTED);
        assertThat(refusal(from(NEW))).hasMessageContaining(NEW);

        repository.put(repository.keys().backupRecord(new BackupId(OLD)), new byte[0]);
        PgAgentException refusal = refusal(SampleRepository.request(target));
        assertThat(refusal.kind()).isEqualTo(ErrorKind.CORRUPTED);
        assertThat(refusal).hasMessageContaining(OLD).hasMessageContaining(NEW);
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
        assertThat(refusal).hasMessageContaining("the end of the backup; name a");
    }
}
