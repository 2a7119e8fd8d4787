package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.Workload;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ChangedBy;

/**
 * Backups of standbys: each is restored, and is what the primary was. Every version with
 * {@code -Dpgagent.standby.everyVersion=true}, otherwise the oldest and the newest, which have the two kinds of backup functions.
 */
final class StandbyIT {
    private static final Repository REPOSITORY = Repository.shared();
    private static final List<Integer> USUAL = List.of(13, 18);

    static List<Integer> majors() {
        return PostgresBinaries.majors().stream()
                .filter(major -> USUAL.contains(major) || Boolean.getBoolean("pgagent.standby.everyVersion"))
                .toList();
    }

    /** Case 35, and chains whose backups are of the primary and of the standby by turns. */
    @ParameterizedTest
    @MethodSource("majors")
    void each_of_a_chain_over_primary_and_standby_is_restored_by_itself(int major) {
        String name = "standby" + major;
        try (PrimaryAndStandby servers = PrimaryAndStandby.start(PostgresSetup.ofVersion(major), name)) {
            PostgresCluster primary = servers.primary();
            BackupChain chain = new BackupChain(primary, name);
            Workload workload = new Workload(primary, 0.5);
            workload.create(3000);
            servers.checkpoint();

            BackupRecord alone = chain.take(() -> servers.taken(servers.aloneEnding()));
            assertThat(alone.kind()).isEqualTo(BackupKind.FULL);
            assertThat(label(name, alone)).contains("BACKUP FROM: standby");
            assertThat(alone.stop().xid()).isNull();

            workload.churn();
            BackupRecord onPrimary = chain.takeIncremental(ChangedBy.HASH);
            assertThat(onPrimary.source().standby()).isFalse();

            // Written into no file of the standby's until its next restartpoint.
            workload.churn();
            BackupRecord copied = chain.take(() -> servers.taken(servers.copying()));
            requireIncremental(copied, onPrimary.id(), ChangedBy.HASH);
            assertThat(label(name, copied)).doesNotContain("standby");
            assertThat(copied.stop().xid()).isPositive();

            workload.churn();
            servers.awaitReplay();
            BackupRecord early = chain.take(() -> servers.taken(servers.aloneEnding()));
            requireIncremental(early, copied.id(), ChangedBy.HASH);
            assertThat(early.start().lsn()).isLessThan(copied.stop().lsn());
            assertThat(early.parent().reasons().toString()).contains("made no restartpoint since");

            servers.checkpoint();
            BackupRecord later = chain.take(() -> servers.taken(servers.aloneEnding()));
            requireIncremental(later, early.id(), ChangedBy.LSN);
            workload.churn();
            BackupRecord again = chain.take(() -> servers.taken(servers.copying()));
            requireIncremental(again, later.id(), ChangedBy.LSN);

            chain.takeUnderLoad(workload, () -> servers.taken(servers.copying()));
            chain.takeUnderLoad(workload, () -> servers.taken(servers.aloneEnding()));
            chain.takeUnderLoad(workload);
            chain.requireRestorable();
        }
    }

    private static void requireIncremental(BackupRecord record, BackupId parent, ChangedBy changedBy) {
        assertThat(record.kind()).isEqualTo(BackupKind.INCREMENTAL);
        assertThat(record.parent().id()).isEqualTo(parent);
        assertThat(record.parent().changedBy())
                .as(record.parent().reasons().toString())
                .isEqualTo(changedBy);
    }

    private static String label(String name, BackupRecord record) {
        return REPOSITORY.stored(name, record.id()).trailer().backupLabel();
    }

    @Test
    void wal_summaries_of_a_standby_tell_what_has_changed_since_a_backup_of_either() {
        String name = "summaries";
        PostgresSetup setup =
                PostgresSetup.ofVersion(PostgresBinaries.newestMajor()).withSetting("summarize_wal", "on");
        try (PrimaryAndStandby servers = PrimaryAndStandby.start(setup, name)) {
            BackupChain chain = new BackupChain(servers.primary(), name);
            Workload workload = new Workload(servers.primary(), 0.5);
            workload.create(3000);
            chain.takeFull();

            workload.churn();
            BackupRecord copied = chain.take(() -> servers.taken(servers.copying()));
            requireIncremental(copied, chain.record(0).id(), ChangedBy.SUMMARIES);
            workload.churn();
            servers.checkpoint();
            BackupRecord alone = chain.take(() -> servers.taken(servers.aloneEnding()));
            requireIncremental(alone, copied.id(), ChangedBy.SUMMARIES);
            workload.churn();
            servers.awaitReplay();
            BackupRecord early = chain.take(() -> servers.taken(servers.aloneEnding()));
            requireIncremental(early, alone.id(), ChangedBy.HASH);
            workload.churn();
            chain.takeIncremental(ChangedBy.SUMMARIES);
            chain.requireRestorable();
        }
    }

    @Test
    void a_standby_that_follows_by_the_archive_alone_is_backed_up_as_well() {
        String name = "byarchive";
        PostgresSetup setup = PostgresSetup.ofVersion(PostgresBinaries.newestMajor());
        try (PrimaryAndStandby servers = PrimaryAndStandby.start(setup, name)) {
            BackupChain chain = new BackupChain(servers.primary(), name);
            Workload workload = new Workload(servers.primary(), 0.5);
            workload.create(1000);
            servers.primary().sql("CHECKPOINT");
            servers.standby().writeSetting("primary_conninfo", "");
            servers.standby()
                    .writeSetting("restore_command", "pgagent wal-fetch --standby --cluster " + name + " %f %p");
            servers.standby().restart();
            workload.churn();
            servers.primary().sql("CHECKPOINT");
            String last = servers.primary().value("SELECT pg_current_wal_lsn()");
            servers.primary().archiveWal();
            servers.standby().awaitTrue("SELECT pg_last_wal_replay_lsn() >= '" + last + "'");

            chain.take(() -> servers.taken(REPOSITORY.onServer(servers.standby(), name, "backup")));
            workload.churn();
            chain.take(() -> servers.taken(servers.copying()));
            chain.requireRestorable();
        }
    }

    @Test
    void a_standby_that_archives_for_itself_is_backed_up_under_its_own_name() {
        String own = "own-archive";
        PostgresSetup setup = PostgresSetup.ofVersion(PostgresBinaries.newestMajor());
        try (PrimaryAndStandby servers = PrimaryAndStandby.start(setup, "archive-of-primary")) {
            new Workload(servers.primary(), 0.5).create(1000);
            servers.standby().writeSetting("archive_mode", "always");
            servers.standby().writeSetting("archive_command", Repository.archiveCommand(own));
            servers.standby().restart();
            servers.primary().archiveWal();
            servers.checkpoint();

            BackupChain chain = new BackupChain(servers.primary(), own);
            PrimaryAndStandby apart = new PrimaryAndStandby(own, servers.primary(), servers.standby());
            chain.take(() -> apart.taken(apart.aloneEnding()));
            chain.requireRestorable();
        }
    }

    /** Case 37. */
    @Test
    void a_standby_that_replays_ten_seconds_later_is_waited_for() {
        String name = "late";
        PostgresSetup setup = PostgresSetup.ofVersion(PostgresBinaries.newestMajor());
        try (PrimaryAndStandby servers = PrimaryAndStandby.start(setup, name)) {
            Workload workload = new Workload(servers.primary(), 0.5);
            workload.create(2000);
            servers.checkpoint();
            servers.standby().writeSetting("recovery_min_apply_delay", "10s");
            servers.standby().reload();
            workload.churn();

            BackupChain chain = new BackupChain(servers.primary(), name);
            BackupRecord late = chain.take(() -> servers.taken(servers.copying()));
            assertThat(Duration.between(late.start().time(), late.stop().time()))
                    .isGreaterThan(Duration.ofSeconds(5));
            chain.requireRestorable();
        }
    }

    /** Case 35: nobody ends the segment. */
    @Test
    void on_a_quiet_primary_the_segment_that_nobody_ends_is_named() {
        String name = "quiet";
        PostgresSetup setup = PostgresSetup.ofVersion(PostgresBinaries.newestMajor());
        try (PrimaryAndStandby servers = PrimaryAndStandby.start(setup, name)) {
            servers.primary().archiveWal();
            servers.checkpoint();
            String open = servers.primary().value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())");

            Outcome outcome = REPOSITORY.onServer(servers.standby(), name, "backup", "--archive-timeout", "2s");

            assertThat(outcome.status()).as(outcome.output()).isEqualTo(ErrorKind.ARCHIVING_FAILED.exitCode());
            assertThat(outcome.err())
                    .contains("WAL segment " + open + " did not arrive")
                    .contains("pg_switch_wal()")
                    .contains("archive_timeout");
            servers.taken(servers.copying());
        }
    }
}
