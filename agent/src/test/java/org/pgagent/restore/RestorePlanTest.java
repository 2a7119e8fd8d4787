package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.ToolRun;
import org.pgagent.kit.WatchedObjectStore;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.BackupId;
import org.pgagent.restore.RecoveryTarget.Edge;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;

@Timeout(60)
final class RestorePlanTest {
    private static final String OLD = "20261121T055500Z-F";
    private static final String NEW = "20261122T055500Z-F";
    private static final Instant STOP = Instant.parse("2026-11-22T06:00:00Z");

    @TempDir
    private Path scratch;

    @TempDir
    private Path bucket;

    private SampleRepository repository;

    @BeforeEach
    void open() throws IOException {
        repository = SampleRepository.inDirectory(bucket);
        repository.add(SampleBackup.usual(OLD, 15)
                .spans(1, "0/1000028", "0/1000100", STOP.minusSeconds(86_400))
                .nextXid(700));
        repository.add(SampleBackup.usual(NEW, 15)
                .spans(1, "0/3000028", "0/3000100", STOP)
                .nextXid(900));
        repository.archive(1, 1, 6);
        storedAt(6, STOP.plusSeconds(3600));
    }

    private void storedAt(int segment, Instant time) throws IOException {
        Files.setLastModifiedTime(bucket.resolve(segment(segment).value()), FileTime.from(time));
    }

    private static ObjectKey segment(int number) {
        return new ObjectKey("main/wal/00000001/00000000/00000001000000000000000" + number);
    }

    @AfterEach
    void close() {
        repository.close();
    }

    private RestorePlan plan(RecoveryTarget target, TargetTimeline timeline) throws IOException {
        RecoveryRequest recovery = new RecoveryRequest(
                target, timeline, TargetAction.PROMOTE, CopyRole.PRIMARY, Archiving.OFF, "pgagent wal-fetch %f %p");
        return repository
                .restore()
                .plan(new RestoreRequest(Optional.empty(), SampleRepository.into(scratch.resolve("pgdata")), recovery));
    }

    private RestorePlan plan(RecoveryTarget target) throws IOException {
        return plan(target, new TargetTimeline.Latest());
    }

    private static String id(RestorePlan plan) {
        return plan.backup().id().value();
    }

    @Test
    void without_a_target_the_newest_backup_is_taken() throws IOException {
        RestorePlan plan = plan(new RecoveryTarget.EndOfWal());

        assertThat(id(plan)).isEqualTo(NEW);
        assertThat(plan.why()).isEqualTo("the newest backup");
        assertThat(plan.wal().end()).isEqualTo(Lsn.parse("0/7000000"));
        assertThat(plan.wal().first().fileName()).isEqualTo("000000010000000000000003");
        assertThat(plan.warnings()).isEmpty();
    }

    @Test
    void a_host_that_sorts_text_otherwise_is_warned_of() throws IOException {
        String here = ToolRun.successOf("getconf", "GNU_LIBC_VERSION").strip().replace("glibc ", "");
        repository.add(SampleBackup.usual("20261123T055500Z-F", 15)
                .spans(1, "0/4000028", "0/4000100", STOP.plusSeconds(1))
                .sortsBy("2.1"));
        assertThat(plan(new RecoveryTarget.EndOfWal()).warnings())
                .singleElement()
                .asString()
                .contains("by the rules of glibc 2.1, and this host has glibc " + here, "REINDEX");

        repository.add(SampleBackup.usual("20261124T055500Z-F", 15)
                .spans(1, "0/5000028", "0/5000100", STOP.plusSeconds(2))
                .sortsBy(here));
        assertThat(plan(new RecoveryTarget.EndOfWal()).warnings()).isEmpty();
    }

    @Test
    void a_time_takes_the_newest_backup_that_ended_strictly_before_it() throws IOException {
        assertThat(id(plan(new RecoveryTarget.AtTime(STOP, Edge.INCLUSIVE)))).isEqualTo(OLD);
        assertThat(id(plan(new RecoveryTarget.AtTime(STOP.plusMillis(1), Edge.INCLUSIVE))))
                .isEqualTo(NEW);
    }

    @Test
    void an_lsn_takes_the_newest_backup_that_ended_by_then() throws IOException {
        assertThat(id(plan(new RecoveryTarget.AtLsn(Lsn.parse("0/30000FF"), Edge.INCLUSIVE))))
                .isEqualTo(OLD);
        assertThat(id(plan(new RecoveryTarget.AtLsn(Lsn.parse("0/3000100"), Edge.INCLUSIVE))))
                .isEqualTo(NEW);
    }

    @Test
    void a_transaction_takes_the_newest_backup_that_ended_before_it_began() throws IOException {
        assertThat(id(plan(new RecoveryTarget.AtXid(899, Edge.INCLUSIVE)))).isEqualTo(OLD);
        assertThat(id(plan(new RecoveryTarget.AtXid(900, Edge.INCLUSIVE)))).isEqualTo(NEW);
    }

    @Test
    void a_time_shortly_after_the_last_segment_is_warned_of() throws IOException {
        RestorePlan plan = plan(new RecoveryTarget.AtTime(STOP.plusSeconds(3700), Edge.INCLUSIVE));

        assertThat(plan.warnings()).singleElement().asString().contains("the archive ends at 0/7000000");
    }

    /** Whether a commit in it is later, nobody knows. */
    @Test
    void a_time_in_the_last_segment_is_warned_of() throws IOException {
        storedAt(5, STOP.plusSeconds(1800));

        assertThat(plan(new RecoveryTarget.AtTime(STOP.plusSeconds(1800), Edge.INCLUSIVE))
                        .warnings())
                .isEmpty();
        assertThat(plan(new RecoveryTarget.AtTime(STOP.plusSeconds(1801), Edge.INCLUSIVE))
                        .warnings())
                .singleElement()
                .asString()
                .contains("there may be no commit after the recovery target")
                .contains("'recovery ended before configured recovery target was reached'");
    }

    @Test
    void a_time_in_the_backups_own_last_segment_is_warned_of() throws IOException {
        repository.remove(segment(4));
        repository.remove(segment(5));
        repository.remove(segment(6));

        assertThat(plan(new RecoveryTarget.AtTime(STOP.plusSeconds(1), Edge.INCLUSIVE))
                        .warnings())
                .singleElement()
                .asString()
                .contains("there may be no commit after the recovery target");
    }

    @Test
    void a_gap_after_the_backup_ends_what_can_be_reached() throws IOException {
        repository.remove(segment(5));

        RestorePlan plan = plan(new RecoveryTarget.EndOfWal());

        assertThat(plan.wal().end()).isEqualTo(Lsn.parse("0/5000000"));
        assertThat(plan.warnings())
                .singleElement()
                .asString()
                .contains("000000010000000000000005")
                .contains("gap");
    }

    @Test
    void the_latest_timeline_is_followed_past_the_switch() throws IOException {
        repository.history(2, "1\t0/5000060\tno recovery target specified\n").archive(2, 5, 9);

        RestorePlan plan = plan(new RecoveryTarget.EndOfWal());

        assertThat(plan.history().timeline()).isEqualTo(new Timeline(2));
        assertThat(plan.wal().end()).isEqualTo(Lsn.parse("0/A000000"));
    }

    /** The server would take the segment of the timeline that was left, and replay the other branch. */
    @Test
    void where_only_the_left_timeline_has_the_segment_of_the_switch_recovery_stops_at_the_switch() throws IOException {
        repository.history(2, "1\t0/5000060\tno recovery target specified\n").archive(2, 6, 9);

        RestorePlan plan = plan(new RecoveryTarget.EndOfWal());

        assertThat(plan.wal().end()).isEqualTo(Lsn.parse("0/5000000"));
        assertThat(plan.recovery().target())
                .isEqualTo(new RecoveryTarget.AtLsn(Lsn.parse("0/5000060"), Edge.EXCLUSIVE));
        assertThat(plan.warnings()).anyMatch(warning -> warning.contains("what can be reached ends at 0/5000060"));
        assertThat(plan(new RecoveryTarget.Immediate()).recovery().target())
                .isInstanceOf(RecoveryTarget.Immediate.class);
        storedAt(3, STOP.plusSeconds(600));
        storedAt(4, STOP.plusSeconds(1800));
        assertThat(plan(new RecoveryTarget.AtTime(STOP.plusSeconds(600), Edge.INCLUSIVE))
                        .history()
                        .timeline())
                .isEqualTo(new Timeline(2));
        for (RecoveryTarget target : List.of(
                new RecoveryTarget.AtXid(950, Edge.INCLUSIVE),
                new RecoveryTarget.AtName("somewhere"),
                new RecoveryTarget.AtLsn(Lsn.parse("0/5000050"), Edge.INCLUSIVE),
                new RecoveryTarget.AtTime(STOP.plusSeconds(601), Edge.INCLUSIVE),
                new RecoveryTarget.AtTime(STOP.plusSeconds(1801), Edge.INCLUSIVE))) {
            assertThatExceptionOfType(PgAgentException.class)
                    .as(target.describe())
                    .isThrownBy(() -> plan(target))
                    .matches(e -> e.kind() == ErrorKind.RECOVERY_TARGET);
        }
    }

    @Test
    void where_nobody_has_the_segment_of_the_switch_the_archive_ends_before_it() throws IOException {
        repository.history(2, "1\t0/5000060\tno recovery target specified\n").archive(2, 6, 9);
        repository.remove(segment(5));

        RestorePlan plan = plan(new RecoveryTarget.EndOfWal());

        assertThat(plan.wal().end()).isEqualTo(Lsn.parse("0/5000000"));
        assertThat(plan.recovery().target()).isInstanceOf(RecoveryTarget.EndOfWal.class);
    }

    /** The server asks for one history file after another, and takes the last before the missing one for the latest. */
    @Test
    void the_latest_timeline_is_not_told_where_a_history_file_is_missing_before_it() throws IOException {
        repository
                .history(3, "1\t0/5000060\tno recovery target specified\n2\t0/6000000\tno recovery target specified\n")
                .archive(2, 5, 6)
                .archive(3, 6, 9);

        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(() -> plan(new RecoveryTarget.EndOfWal()))
                .withMessageContaining("00000002.history")
                .matches(e -> e.kind() == ErrorKind.RECOVERY_TARGET && e.hint().contains("--target-timeline"));
        assertThat(plan(new RecoveryTarget.EndOfWal(), TargetTimeline.parse("3"))
                        .wal()
                        .end())
                .isEqualTo(Lsn.parse("0/A000000"));
        assertThat(plan(new RecoveryTarget.EndOfWal(), new TargetTimeline.Current())
                        .history()
                        .timeline())
                .isEqualTo(new Timeline(1));
    }

    @Test
    void nor_where_there_is_wal_of_a_younger_timeline_of_unknown_origin() throws IOException {
        repository.archive(2, 5, 9);

        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(() -> plan(new RecoveryTarget.EndOfWal()))
                .withMessageContaining("00000002.history");
    }

    @Test
    void nor_where_the_history_of_a_younger_timeline_is_damaged() throws IOException {
        repository.put(new ObjectKey("main/wal/00000007.history"), new byte[300]);

        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(() -> plan(new RecoveryTarget.EndOfWal()))
                .withMessageContaining("the archive has timeline 7")
                .matches(e -> e.hint().contains("--target-timeline"));
    }

    /** A server may be promoted while the plan is made. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void a_history_file_that_arrives_meanwhile_is_no_sign_of_a_missing_one(int request) throws IOException {
        ObjectStore watched = WatchedObjectStore.of(repository.store(), (number, call) -> {
            Object answer = call.make();
            if (number == request) {
                repository
                        .history(2, "1\t0/6000060\tno recovery target specified\n")
                        .archive(2, 6, 6);
            }
            return answer;
        });

        RestorePlan plan = repository
                .restore(watched)
                .plan(new RestoreRequest(
                        Optional.empty(),
                        SampleRepository.into(scratch.resolve("pgdata")),
                        SampleRepository.recoverTo(new RecoveryTarget.EndOfWal())));

        assertThat(plan.wal().end()).isEqualTo(Lsn.parse("0/7000000"));
    }

    @Test
    void a_younger_timeline_that_does_not_come_from_the_backups_is_no_reason() throws IOException {
        repository.history(3, "1\t0/2000060\tno recovery target specified\n").archive(3, 2, 3);

        assertThat(plan(new RecoveryTarget.EndOfWal()).history().timeline()).isEqualTo(new Timeline(1));
    }

    @Test
    void current_and_immediate_stay_on_the_backups_timeline() throws IOException {
        repository.history(2, "1\t0/2000060\tno recovery target specified\n");

        assertThat(plan(new RecoveryTarget.EndOfWal(), new TargetTimeline.Current())
                        .history()
                        .timeline())
                .isEqualTo(new Timeline(1));
        assertThat(plan(new RecoveryTarget.Immediate()).history().timeline()).isEqualTo(new Timeline(1));
    }

    @Test
    void a_timeline_by_number_takes_the_newest_backup_on_the_way_to_it() throws IOException {
        repository.history(2, "1\t0/2000060\tno recovery target specified\n").archive(2, 2, 2);

        RestorePlan plan = plan(new RecoveryTarget.EndOfWal(), TargetTimeline.parse("0x2"));

        assertThat(id(plan)).isEqualTo(OLD);
        assertThat(plan.why()).contains("on the way");
        assertThat(plan.wal().end()).isEqualTo(Lsn.parse("0/3000000"));
    }

    @Test
    void a_mapped_tablespace_whose_source_exists_here_is_warned_of() throws IOException {
        Path source = Files.createDirectory(scratch.resolve("source"));
        repository.add(SampleBackup.usual("20261123T055500Z-F", 15)
                .spans(1, "0/3000028", "0/3000100", STOP)
                .link("pg_tblspc/16400", source.toString())
                .file("pg_tblspc/16400/PG_15_202209061/5/1", new byte[5000]));
        RestoreDestination destination = new RestoreDestination(
                scratch.resolve("pgdata"),
                TablespaceMapping.parse(List.of("16400=" + scratch.resolve("pgdata/inside"))),
                Optional.empty(),
                SampleRepository.owner());

        RestorePlan plan = repository
                .restore()
                .plan(new RestoreRequest(
                        Optional.empty(), destination, SampleRepository.recoverTo(new RecoveryTarget.EndOfWal())));

        assertThat(plan.warnings())
                .anySatisfy(warning -> assertThat(warning).contains(source.toString()))
                .anySatisfy(warning -> assertThat(warning).contains("lies in the data directory"));
        assertThat(plan.tablespaces()).singleElement().satisfies(tablespace -> {
            assertThat(tablespace.oid()).contains("16400");
            assertThat(tablespace.bytes()).isEqualTo(8192);
            assertThat(tablespace.freeBytes()).isPositive();
        });
    }

    @Test
    void says_how_much_will_be_written_and_where() throws IOException {
        RestorePlan plan = plan(new RecoveryTarget.EndOfWal());

        long bytes = SampleBackup.usual(NEW, 15).files().values().stream()
                .mapToLong(content -> content.length)
                .sum();
        assertThat(plan.content().bytes()).isEqualTo(bytes);
        assertThat(plan.content().packs()).isEqualTo(2);
        assertThat(plan.directories()).singleElement().satisfies(directory -> {
            assertThat(directory.path()).isEqualTo(scratch.resolve("pgdata"));
            assertThat(directory.bytes()).isGreaterThanOrEqualTo(bytes);
        });
    }

    @Test
    void a_backup_whose_record_is_damaged_is_passed_over_with_a_warning() throws IOException {
        repository.put(repository.keys().backupRecord(new BackupId(NEW)), new byte[] {'{'});

        RestorePlan plan = plan(new RecoveryTarget.EndOfWal());

        assertThat(id(plan)).isEqualTo(OLD);
        assertThat(plan.why()).contains("can be read");
        assertThat(plan.warnings()).singleElement().asString().contains(NEW + ".json");
    }
}
