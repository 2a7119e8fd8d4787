package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.backup.BackupServers;
import org.pgagent.backup.BackupSettings;
import org.pgagent.backup.BackupType;
import org.pgagent.backup.BaseBackup;
import org.pgagent.chunk.Compression;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.ClusterContent;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ToolRun;
import org.pgagent.kit.Workload;
import org.pgagent.postgres.Exclusions;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalRange;
import org.pgagent.postgres.session.CheckpointMode;
import org.pgagent.postgres.session.ConnectionSettings;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.repository.Annotations;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.storage.ForwardingObjectStore;
import org.pgagent.storage.MultipartUpload;
import org.pgagent.storage.ObjectKey;
import org.pgagent.transfer.FileUploader;
import org.pgagent.transfer.PackLimits;
import org.pgagent.transfer.TransferProgress;

/** What makes a backup of a standby void or impossible: it fails with the reason, and is never taken for one. */
final class StandbyTroubleIT {
    private static final Repository REPOSITORY = Repository.shared();

    private static PrimaryAndStandby start(int major, String name) {
        PrimaryAndStandby servers = PrimaryAndStandby.start(PostgresSetup.ofVersion(major), name);
        servers.primary().archiveWal();
        servers.checkpoint();
        return servers;
    }

    private static PrimaryAndStandby startNewest(String name) {
        return start(PostgresBinaries.newestMajor(), name);
    }

    /** A store to which something happens before the first pack, while most of the data directory is still to be copied. */
    private static final class EventfulStore extends ForwardingObjectStore {
        private final Runnable event;
        private final AtomicBoolean happened = new AtomicBoolean();

        EventfulStore(Runnable event) {
            super(REPOSITORY.store());
            this.event = event;
        }

        @Override
        public MultipartUpload startUpload(ObjectKey key) throws IOException {
            if (key.value().contains("/data/") && happened.compareAndSet(false, true)) {
                event.run();
            }
            return super.startUpload(key);
        }
    }

    private static ServerConnection connect(PostgresCluster cluster) throws PgAgentException {
        return ServerConnection.open(new ConnectionSettings(
                Optional.of(cluster.socketDirectory().toString()),
                Optional.of(cluster.port()),
                Optional.of("postgres"),
                Optional.of("postgres"),
                Map.of()));
    }

    private static BackupRecord take(BackupServers servers, String name, Runnable event) throws IOException {
        BackupSettings settings = new BackupSettings(
                BackupType.FULL,
                Optional.empty(),
                "trouble",
                Annotations.NONE,
                Exclusions.NONE,
                CheckpointMode.FAST,
                new FileUploader.ChunkFormat(1 << 20, Compression.parse("none")),
                new PackLimits(5 << 20, 5 << 20),
                OptionalLong.empty(),
                1,
                Duration.ofSeconds(60),
                Duration.ofSeconds(60));
        // What failed backups have stored would not be stored again.
        REPOSITORY.run("purge", "--cluster", name);
        EventfulStore store = new EventfulStore(event);
        BackupRecord record = new BaseBackup(
                        new BaseBackup.Destination(
                                store, Repository.keys(name), new BackupRecord.Writer("test", 1, "test")),
                        settings,
                        new BaseBackup.Surroundings(Clock.systemUTC(), TransferProgress.silent(), new Cancellation()))
                .take(servers)
                .record();
        assertThat(store.happened).isTrue();
        return record;
    }

    private static BackupRecord takeAlone(PostgresCluster standby, String name, Runnable event) throws IOException {
        try (ServerConnection connection = connect(standby)) {
            return take(BackupServers.alone(connection, standby.dataDirectory()), name, event);
        }
    }

    private static BackupRecord takeCopy(PrimaryAndStandby servers, Runnable event) throws IOException {
        try (ServerConnection primary = connect(servers.primary());
                ServerConnection standby = connect(servers.standby())) {
            return take(
                    new BackupServers(standby, servers.standby().dataDirectory(), Optional.of(primary)),
                    servers.name(),
                    event);
        }
    }

    private static void requireNone(String name) throws IOException {
        List<BackupRecord> records = new BackupRecords(REPOSITORY.store(), Repository.keys(name))
                .list()
                .records();
        assertThat(records)
                .isNotEmpty()
                .allSatisfy(record -> assertThat(record.state()).isEqualTo(BackupState.ERROR));
    }

    private static void requireRefused(Outcome outcome, ErrorKind kind, String... facts) {
        assertThat(outcome.status()).as(outcome.output()).isEqualTo(kind.exitCode());
        assertThat(outcome.err()).contains(facts).contains("hint: ");
    }

    private static void promote(PostgresCluster standby) {
        standby.sql("SELECT pg_promote()");
        standby.awaitPromotion();
    }

    /** Case 36. */
    @ParameterizedTest
    @MethodSource("org.pgagent.cases.StandbyIT#majors")
    void a_standby_that_is_promoted_or_replays_pages_that_may_be_torn_is_no_backup(int major) throws IOException {
        String name = "void" + major;
        try (PrimaryAndStandby servers = start(major, name)) {
            PostgresCluster primary = servers.primary();
            assertThatThrownBy(() -> takeAlone(servers.standby(), name, () -> {
                        primary.writeSetting("full_page_writes", "off");
                        primary.reload();
                        servers.checkpoint();
                    }))
                    .hasMessageContaining("is lost")
                    .hasMessageContaining("full_page_writes=off");
            requireRefused(
                    REPOSITORY.onServer(servers.standby(), name, "backup"),
                    ErrorKind.SQL_FAILED,
                    "full_page_writes=off",
                    "and run CHECKPOINT on the");
            requireNone(name);

            // A primary that knows of the backup writes whole pages nevertheless.
            takeCopy(servers, () -> primary.sql("CREATE TABLE t AS SELECT generate_series(1, 1000) i"));
            REPOSITORY.run("delete", "--cluster", name, "--force", "--before", "2999-01-01");
            primary.writeSetting("full_page_writes", "on");
            primary.reload();
            servers.checkpoint();

            assertThatThrownBy(() -> takeAlone(servers.standby(), name, () -> promote(servers.standby())))
                    .hasMessageContaining("the standby was promoted");
        }
    }

    @Test
    void a_standby_that_is_promoted_while_it_is_copied_is_no_backup() throws IOException {
        try (PrimaryAndStandby servers = startNewest("promoted-copy")) {
            assertThatThrownBy(() -> takeCopy(servers, () -> promote(servers.standby())))
                    .hasMessageContaining("the standby was promoted");
            requireNone(servers.name());
        }
    }

    @Test
    void a_standby_or_a_primary_that_goes_away_takes_the_backup_with_it() throws IOException {
        try (PrimaryAndStandby servers = startNewest("gone")) {
            assertThatThrownBy(() -> takeCopy(servers, servers.standby()::restart))
                    .extracting("kind")
                    .isEqualTo(ErrorKind.SQL_FAILED);
            assertThatThrownBy(() -> takeAlone(servers.standby(), servers.name(), servers.standby()::restart))
                    .hasMessageContaining("is lost");
            assertThatThrownBy(() -> takeCopy(servers, () -> {
                        servers.primary().kill();
                        servers.primary().start();
                    }))
                    .hasMessageContaining("is lost");
            requireNone(servers.name());
        }
    }

    @Test
    void a_standby_that_is_too_far_behind_is_refused() throws IOException {
        try (PrimaryAndStandby servers = startNewest("behind-standby")) {
            PostgresCluster primary = servers.primary();
            PostgresCluster standby = servers.standby();
            primary.sql("CREATE TABLE t AS SELECT generate_series(1, 1000) i");
            servers.awaitReplay();
            standby.sql("SELECT pg_wal_replay_pause()");
            primary.sql("INSERT INTO t SELECT generate_series(1, 1000)");
            standby.awaitTrue("SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()"
                    + " AND clock_timestamp() - pg_last_xact_replay_timestamp() > interval '2 s'");

            requireRefused(
                    REPOSITORY.onServer(standby, servers.name(), "backup", "--standby-lag-max", "1s"),
                    ErrorKind.STANDBY_BEHIND,
                    "seconds behind",
                    "--standby-lag-max");
            requireRefused(
                    servers.copying("--standby-lag-max", "2s"),
                    ErrorKind.STANDBY_BEHIND,
                    "it has come no nearer",
                    "pg_wal_replay_pause");
            assertThat(primary.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgagent'"))
                    .isEqualTo("0");

            standby.sql("SELECT pg_wal_replay_resume()");
            servers.awaitReplay();
            servers.taken(servers.aloneEnding("--standby-lag-max", "1s"));
        }
    }

    @Test
    void a_standby_whose_primary_archives_elsewhere_is_refused_before_it_is_copied() throws IOException {
        try (PrimaryAndStandby servers = startNewest("here")) {
            String elsewhere = "elsewhere";
            requireRefused(
                    REPOSITORY.onServer(servers.standby(), elsewhere, "backup"),
                    ErrorKind.ARCHIVING_FAILED,
                    "the repository has no WAL of timeline 1",
                    "pgagent check");
            requireNone(elsewhere);

            Outcome check = REPOSITORY.onServer(servers.standby(), servers.name(), "check");
            assertThat(check.status()).as(check.output()).isZero();
            assertThat(check.out()).contains("of a standby; rights are set up").contains("only the primary can finish");
        }
    }

    @Test
    void servers_that_do_not_belong_together_are_refused() throws IOException {
        try (PrimaryAndStandby servers = startNewest("mixed-up");
                ScratchDirectory scratch = ScratchDirectory.create()) {
            PostgresCluster primary = servers.primary();
            PostgresCluster standby = servers.standby();
            requireRefused(servers.copying(primary, primary), ErrorKind.INCOMPATIBLE, "--standby-host is no standby");
            requireRefused(servers.copying(standby, standby), ErrorKind.INCOMPATIBLE, "started is a standby itself");
            requireRefused(
                    REPOSITORY.onServer(primary, servers.name(), "backup", "--standby-port", "5433"),
                    ErrorKind.USAGE,
                    "no --standby-host");

            Path copy = scratch.resolve("copy");
            ToolRun.successOf("cp", "-a", standby.dataDirectory().toString(), copy.toString());
            primary.sql("CREATE TABLE t AS SELECT generate_series(1, 10000) i");
            servers.checkpoint();
            requireRefused(
                    servers.copying("-D", copy.toString()),
                    ErrorKind.INCOMPATIBLE,
                    copy + " is not the data directory of the server");
            servers.checkpoint();
            requireRefused(
                    servers.aloneEnding("-D", copy.toString()),
                    ErrorKind.INCOMPATIBLE,
                    copy + " is not the data directory of the server");
            requireNone(servers.name());
        }
    }

    /** Nothing tells them apart but what is in their WAL. */
    @Test
    void a_standby_of_a_clone_is_never_taken_for_one_of_the_primary() throws IOException {
        try (PrimaryAndStandby servers = startNewest("of-clone");
                ScratchDirectory scratch = ScratchDirectory.create()) {
            PostgresCluster primary = servers.primary();
            primary.stop(PostgresCluster.Stop.FAST);
            Path copy = scratch.resolve("copy");
            ToolRun.successOf("cp", "-a", primary.dataDirectory().toString(), copy.toString());
            primary.start();
            try (PostgresCluster clone = PostgresCluster.open(copy, Map.of())) {
                clone.writeSetting("archive_mode", "off");
                clone.start();
                try (PostgresCluster ofClone = PostgresCluster.standbyOf(clone)) {
                    primary.sql("CREATE TABLE t AS SELECT generate_series(1, 10000) i");
                    CompletableFuture<Outcome> backup = CompletableFuture.supplyAsync(
                            () -> servers.copying(primary, ofClone, "--standby-lag-max", "3s"));
                    primary.awaitTrue(
                            "SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE 'SELECT checkpoint_lsn%'"
                                    + " AND application_name = 'pgagent'");
                    clone.sql("CREATE TABLE t AS SELECT generate_series(1, 100000) i");
                    clone.sql("CHECKPOINT");
                    PrimaryAndStandby.awaitReplay(clone, ofClone);
                    ofClone.sql("CHECKPOINT");
                    assertThat(ofClone.value("SELECT redo_lsn FROM pg_control_checkpoint()"))
                            .isNotEqualTo(primary.value("SELECT redo_lsn FROM pg_control_checkpoint()"));

                    requireRefused(backup.join(), ErrorKind.STANDBY_BEHIND, "follows this very primary");
                    requireRefused(
                            servers.copying(primary, ofClone), ErrorKind.INCOMPATIBLE, "it follows another server");
                    requireNone(servers.name());
                }
            }
        }
    }

    @Test
    void a_standby_may_follow_to_a_new_timeline_in_mid_backup() throws IOException {
        String name = "followed";
        try (PrimaryAndStandby servers = startNewest(name);
                PostgresCluster next = PostgresCluster.standbyOf(servers.primary())) {
            Workload workload = new Workload(servers.primary(), 0.5);
            workload.create(1000);
            PostgresCluster standby = servers.standby();
            standby.writeSetting("primary_conninfo", "host=" + next.socketDirectory() + " user=postgres");
            standby.restart();
            servers.checkpoint();
            AtomicBoolean ended = new AtomicBoolean();
            CompletableFuture<Void> ending = new CompletableFuture<>();
            BackupRecord record;
            try {
                record = takeAlone(standby, name, () -> {
                    servers.primary().archiveWal();
                    servers.awaitReplay();
                    servers.primary().kill();
                    promote(next);
                    REPOSITORY.adopt(next.dataDirectory(), name);
                    new Workload(next, 0.25).churn();
                    next.sql("CHECKPOINT");
                    PrimaryAndStandby.awaitReplay(next, standby);
                    standby.sql("CHECKPOINT");
                    ending.completeAsync(() -> {
                        while (!ended.get()) {
                            next.archiveWal();
                        }
                        return null;
                    });
                });
            } finally {
                ended.set(true);
            }
            ending.join();

            assertThat(record.start().timeline()).isEqualTo(new Timeline(1));
            assertThat(record.stop().timeline()).isEqualTo(new Timeline(2));
            assertThat(record.stop().wal())
                    .extracting(WalRange::timeline)
                    .containsExactly(new Timeline(1), new Timeline(2));
            ClusterContent content = ClusterContent.of(next);
            for (String target : List.of("latest", "current")) {
                try (RestoredCluster restored = REPOSITORY.restore(name, "--target-timeline", target)) {
                    assertThat(ClusterContent.of(restored.recover())).isEqualTo(content);
                }
            }
        }
    }
}
