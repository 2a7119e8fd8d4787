package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.kit.Await;
import org.pgagent.kit.InstalledPostgres;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.Workload;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ChangedBy;
import org.pgagent.repository.WalArchive;

/** Parents of backups after the history of a cluster has branched: only a backup from before the branch will do. */
final class BranchesIT {
    private static final Repository REPOSITORY = Repository.shared();
    private static final int SUMMARIES_SINCE = 17;

    static Stream<Integer> oldestAndNewest() {
        List<Integer> majors = PostgresBinaries.majors();
        return Stream.of(majors.get(0), PostgresBinaries.newestMajor()).distinct();
    }

    private static PostgresCluster start(int major, String name) {
        PostgresSetup setup =
                PostgresSetup.ofVersion(major).withWalSegmentMiB(1).withSetting("autovacuum", "off");
        return REPOSITORY.archiving(setup, name).start();
    }

    /** Case 33. */
    @ParameterizedTest
    @MethodSource("org.pgagent.kit.PostgresBinaries#majors")
    void after_a_recovery_the_parent_is_a_backup_from_before_it(int major) {
        String name = "recovered" + major;
        try (PostgresCluster cluster = start(major, name)) {
            BackupChain chain = new BackupChain(cluster, name);
            Workload workload = new Workload(cluster, 0.5);
            workload.create(1000);
            chain.takeFull();
            workload.churn();
            BackupRecord meant = chain.takeIncremental(ChangedBy.LSN);
            workload.addOrders(500);
            BackupRecord left = chain.takeIncremental(ChangedBy.LSN);
            workload.churn();
            cluster.archiveWal();
            cluster.stop(PostgresCluster.Stop.FAST);

            try (RestoredCluster restored =
                    REPOSITORY.restore(name, "--backup", meant.id().toString(), "--target-immediate", "--adopt")) {
                PostgresCluster copy = restored.recover();
                REPOSITORY.adopt(copy.dataDirectory(), name);
                Workload further = new Workload(copy, 0.75);
                further.addOrders(700);
                BackupChain after = new BackupChain(copy, name);
                BackupRecord next = after.take();

                assertThat(next.start().timeline()).isEqualTo(new Timeline(2));
                assertThat(next.parent().id()).isEqualTo(meant.id()).isNotEqualTo(left.id());
                further.churn();
                after.takeIncremental(ChangedBy.LSN);
                after.requireRestorable();
            }
            chain.requireRestorable();
        }
    }

    /** The former primary's last backup is the parent; where WAL is summarized, across the end of its timeline. */
    @ParameterizedTest
    @MethodSource("org.pgagent.kit.PostgresBinaries#majors")
    void after_a_failover_the_parent_is_the_last_backup_of_the_former_primary(int major) {
        String name = "failover" + major;
        PostgresSetup setup = PostgresSetup.ofVersion(major);
        boolean summarizes = major >= SUMMARIES_SINCE;
        if (summarizes) {
            setup = setup.withSetting("summarize_wal", "on");
        }
        try (PrimaryAndStandby servers = PrimaryAndStandby.start(setup, name)) {
            Workload workload = new Workload(servers.primary(), 0.5);
            workload.create(1000);
            BackupChain before = new BackupChain(servers.primary(), name);
            before.takeFull();
            workload.churn();
            servers.awaitReplay();
            servers.primary().stop(PostgresCluster.Stop.FAST);
            promote(servers.standby());
            REPOSITORY.adopt(servers.standby().dataDirectory(), name);
            new Workload(servers.standby(), 0.75).churn();
            BackupChain chain = before.on(servers.standby());

            BackupRecord next = chain.takeIncremental(summarizes ? ChangedBy.SUMMARIES : ChangedBy.HASH);

            assertThat(next.start().timeline()).isEqualTo(new Timeline(2));
            new Workload(servers.standby(), 0.25).addOrders(300);
            chain.takeIncremental(summarizes ? ChangedBy.SUMMARIES : ChangedBy.LSN);
            chain.requireRestorable();
        }
    }

    /** Ends a standby's recovery, so that two servers go on from where it was. */
    private static void promote(PostgresCluster standby) {
        standby.sql("SELECT pg_promote()");
        standby.awaitPromotion();
    }

    @ParameterizedTest
    @MethodSource("oldestAndNewest")
    void with_backups_of_the_other_branch_only_it_is_full_and_says_so_or_is_refused(int major) {
        String name = "branch" + major;
        try (PrimaryAndStandby servers = PrimaryAndStandby.start(PostgresSetup.ofVersion(major), name)) {
            PostgresCluster standby = servers.standby();
            Workload workload = new Workload(servers.primary(), 0.5);
            workload.create(500);
            servers.awaitReplay();
            promote(standby);
            workload.churn();
            BackupChain left = new BackupChain(servers.primary(), name);
            left.takeFull();
            servers.primary().stop(PostgresCluster.Stop.FAST);
            REPOSITORY.adopt(standby.dataDirectory(), name);
            new Workload(standby, 0.75).addOrders(300);
            String why = left.record(0).id() + " is not on the history of timeline 2";

            Outcome refused = REPOSITORY.onServer(standby, name, "backup", "--type", "incremental");
            assertThat(refused.status()).as(refused.output()).isEqualTo(ErrorKind.INCOMPATIBLE.exitCode());
            assertThat(refused.err()).contains(why);

            BackupChain chain = new BackupChain(standby, name);
            chain.take(() -> {
                Outcome full = REPOSITORY.onServer(standby, name, "backup");
                assertThat(full.status()).as(full.output()).isZero();
                assertThat(full.err()).contains("the backup is full reason=\"" + why);
                return REPOSITORY.stored(name, Repository.idIn(full)).record();
            });
            assertThat(chain.record(0).parent()).isNull();
            chain.requireRestorable();
            left.requireRestorable();
        }
    }

    /** Until the new primary has stored a segment, the server could not tell its timeline's WAL from the other branch's. */
    @ParameterizedTest
    @MethodSource("oldestAndNewest")
    void after_a_failover_with_loss_nothing_of_the_lost_branch_comes_back(int major) {
        String name = "loss" + major;
        try (PrimaryAndStandby servers = PrimaryAndStandby.start(PostgresSetup.ofVersion(major), name)) {
            PostgresCluster primary = servers.primary();
            primary.sql("CREATE TABLE t AS SELECT 1 i");
            REPOSITORY.backup(primary, name);
            primary.sql("INSERT INTO t VALUES (2)");
            servers.awaitReplay();
            promote(servers.standby());
            for (int lost = 100; lost < 103; lost++) {
                primary.sql("INSERT INTO t VALUES (" + lost + ")");
                primary.archiveWal();
            }
            primary.kill();
            REPOSITORY.adopt(servers.standby().dataDirectory(), name);
            String kept = "[[1], [2]]";
            assertThat(servers.standby().sql("SELECT i FROM t ORDER BY i")).hasToString(kept);
            servers.standby().wakeArchiver(); // it was refused, and would wait for a minute
            Await.until(
                    "the history is stored",
                    Duration.ofMinutes(1),
                    () -> new WalArchive(REPOSITORY.store(), Repository.keys(name))
                            .history(new Timeline(2))
                            .isPresent());

            Outcome standby = REPOSITORY.restoreInto(
                    primary.socketDirectory().resolve("never"), name, "--as", "standby", "--dry-run");
            assertThat(standby.status()).as(standby.output()).isEqualTo(ErrorKind.RECOVERY_TARGET.exitCode());
            try (RestoredCluster restored = REPOSITORY.restore(name)) {
                assertThat(restored.outcome().output()).contains("what can be reached ends at ");
                assertThat(restored.recover().sql("SELECT i FROM t ORDER BY i")).hasToString(kept);
            }
            servers.standby().archiveWal();
            try (RestoredCluster restored = REPOSITORY.restore(name)) {
                assertThat(restored.outcome().output()).doesNotContain("what can be reached ends at ");
                assertThat(restored.recover().sql("SELECT i FROM t ORDER BY i")).hasToString(kept);
            }
        }
    }

    /** The program is there for one version. */
    @Test
    void after_pg_rewind_the_parent_is_a_backup_from_before_the_branch() {
        String name = "rewound";
        PostgresSetup setup = PostgresSetup.ofVersion(InstalledPostgres.major());
        try (PrimaryAndStandby servers = PrimaryAndStandby.start(setup, name)) {
            PostgresCluster primary = servers.primary();
            PostgresCluster standby = servers.standby();
            Workload workload = new Workload(primary, 0.5);
            workload.create(1000);
            BackupChain before = new BackupChain(primary, name);
            before.takeFull();
            servers.awaitReplay();
            promote(standby);
            workload.churn();
            BackupRecord left = before.takeIncremental(ChangedBy.LSN);
            workload.addOrders(300);
            primary.stop(PostgresCluster.Stop.FAST);
            REPOSITORY.adopt(standby.dataDirectory(), name);
            new Workload(standby, 0.75).churn();
            standby.archiveWal();

            rewind(primary, standby);
            PrimaryAndStandby.awaitReplay(standby, primary);
            standby.stop(PostgresCluster.Stop.FAST);
            promote(primary);
            REPOSITORY.adopt(primary.dataDirectory(), name);
            BackupChain after = new BackupChain(primary, name);
            BackupRecord next = after.take();

            assertThat(next.start().timeline()).isEqualTo(new Timeline(3));
            assertThat(next.parent().id()).isEqualTo(before.record(0).id()).isNotEqualTo(left.id());
            workload.churn();
            after.takeIncremental(ChangedBy.LSN);
            after.requireRestorable();
            before.requireRestorable();
        }
    }

    /** Makes a server that was stopped a standby of another. */
    private static void rewind(PostgresCluster stopped, PostgresCluster other) {
        String connection = "host=" + other.socketDirectory() + " port=" + other.port() + " user=postgres";
        // Until then the control file, by which pg_rewind tells, has the timeline from before the promotion.
        other.sql("CHECKPOINT");
        assertThat(InstalledPostgres.successOf(
                        "pg_rewind",
                        "--target-pgdata=" + stopped.dataDirectory(),
                        "--source-server=" + connection + " dbname=postgres",
                        "--no-sync"))
                .contains("Done!");
        stopped.writeSetting("primary_conninfo", connection);
        stopped.createFile("standby.signal");
        stopped.start();
    }
}
