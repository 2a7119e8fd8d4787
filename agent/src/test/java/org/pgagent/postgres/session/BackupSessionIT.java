package org.pgagent.postgres.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.Await;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.postgres.BackupLabel;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;

@ParameterizedClass(name = "PostgreSQL {0}")
@MethodSource("org.pgagent.kit.PostgresBinaries#majors")
final class BackupSessionIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static PostgresCluster cluster;

    @Parameter
    int major;

    @BeforeParameterizedClassInvocation
    static void start(int major) {
        cluster = PostgresSetup.ofVersion(major)
                .withSetting("checkpoint_timeout", "30s")
                .withSetting("checkpoint_completion_target", "0.1")
                .start();
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        cluster.close();
    }

    private static ServerConnection connect() throws PgAgentException {
        return ServerConnection.open(TestSettings.superuser(cluster));
    }

    @Test
    void starts_and_stops_with_what_a_restore_needs() throws IOException {
        try (ServerConnection connection = connect()) {
            Lsn before = connection.currentWalInsertLsn();
            try (BackupSession backup = connection.startBackup("nightly of main", CheckpointMode.FAST)) {
                assertThat(backup.startLsn()).isGreaterThanOrEqualTo(before);
                assertThat(backup.timeline()).isEqualTo(new Timeline(1));
                backup.checkAlive();
                StoppedBackup stopped = backup.stop();

                BackupLabel label = BackupLabel.parse(stopped.label());
                assertThat(label.start()).isEqualTo(backup.startLsn());
                assertThat(label.label()).isEqualTo("nightly of main");
                assertThat(label.timeline()).isEqualTo(new Timeline(1));
                assertThat(label.standby()).isFalse();
                assertThat(stopped.lsn()).isGreaterThan(backup.startLsn());
                assertThat(stopped.time()).isAfter(backup.startTime());
                assertThat(stopped.timeline()).isEqualTo(new Timeline(1));
                assertThat(stopped.nextXid())
                        .contains(Long.valueOf(cluster.value("SELECT pg_snapshot_xmax(pg_current_snapshot())")));
                assertThat(stopped.tablespaceMap()).isEmpty();
                assertThatThrownBy(backup::stop).isInstanceOf(IllegalStateException.class);
            }
            assertThat(connection.facts().inRecovery()).isFalse();
        }
    }

    @Test
    void a_spread_checkpoint_may_take_longer_than_the_time_to_connect() throws IOException {
        cluster.sql("CREATE TABLE filler AS SELECT i, repeat('x', 400) FROM generate_series(1, 10000) i");
        ConnectionSettings superuser = TestSettings.superuser(cluster);
        try (ServerConnection connection = ServerConnection.open(new ConnectionSettings(
                        superuser.host(),
                        superuser.port(),
                        superuser.user(),
                        superuser.dbname(),
                        Map.of("PGCONNECT_TIMEOUT", "1")));
                BackupSession backup = connection.startBackup("spread", CheckpointMode.SPREAD)) {
            Duration took = Duration.between(backup.startTime(), backup.stop().time());
            assertThat(took).isGreaterThan(Duration.ofSeconds(1));
        } finally {
            cluster.sql("DROP TABLE filler");
        }
    }

    @Test
    void closing_or_interrupting_ends_the_wait_for_a_checkpoint() throws IOException, InterruptedException {
        ServerConnection closed = connect();
        try (ServerConnection interrupted = connect()) {
            CompletableFuture<ErrorKind> failure = new CompletableFuture<>();
            Thread starting = startIn(closed, failure);
            closed.close();
            starting.join(LIMIT.toMillis());
            assertThat(failure).isCompletedWithValue(ErrorKind.SQL_FAILED);

            failure = new CompletableFuture<>();
            starting = startIn(interrupted, failure);
            starting.interrupt();
            starting.join(LIMIT.toMillis());
            assertThat(failure).isCompletedWithValue(ErrorKind.INTERRUPTED);
        }
    }

    /** Starts a backup in a thread and waits until the server waits for its checkpoint. */
    private static Thread startIn(ServerConnection connection, CompletableFuture<ErrorKind> failure) {
        Thread thread = new Thread(
                () -> {
                    try {
                        connection.startBackup("given up", CheckpointMode.SPREAD);
                    } catch (PgAgentException e) {
                        failure.complete(e.kind());
                    }
                },
                "starting");
        cluster.awaitTrue("SELECT count(*) = 0 FROM pg_stat_activity WHERE wait_event = 'CheckpointDone'");
        cluster.sql("CREATE TABLE filler AS SELECT i, repeat('x', 400) FROM generate_series(1, 10000) i");
        thread.start();
        cluster.awaitTrue("SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'CheckpointDone'");
        cluster.sql("DROP TABLE filler");
        return thread;
    }

    @Test
    void closing_without_a_stop_leaves_nothing_behind() throws IOException {
        try (ServerConnection connection = connect()) {
            connection.startBackup("given up", CheckpointMode.FAST).close();
            assertThatThrownBy(connection::facts).isInstanceOf(PgAgentException.class);
        }
        Await.until(
                "the server has aborted the backup",
                LIMIT,
                () -> cluster.logTail().contains("aborting backup due to backend exiting"));
        assertThat(cluster.dataDirectory().resolve("backup_label")).doesNotExist();
        try (ServerConnection connection = connect();
                BackupSession next = connection.startBackup("next", CheckpointMode.FAST)) {
            assertThat(next.stop().label()).contains("LABEL: next");
        }
        cluster.restart();
    }

    @Test
    void two_sessions_may_back_up_at_the_same_time() throws IOException {
        try (ServerConnection one = connect();
                ServerConnection two = connect();
                BackupSession first = one.startBackup("one", CheckpointMode.FAST);
                BackupSession second = two.startBackup("two", CheckpointMode.FAST)) {
            assertThat(second.startLsn()).isGreaterThan(first.startLsn());
            assertThat(first.stop().label()).contains("LABEL: one");
            assertThat(second.stop().label()).contains("LABEL: two");
        }
    }

    @Test
    void a_terminated_backend_loses_the_backup() throws IOException {
        try (ServerConnection connection = connect();
                BackupSession heartbeat = connection.startBackup("heartbeat", CheckpointMode.FAST)) {
            terminateBackends();
            assertLost(heartbeat::checkAlive);
            assertLost(heartbeat::stop);
        }
        try (ServerConnection connection = connect();
                BackupSession stop = connection.startBackup("stop", CheckpointMode.FAST)) {
            terminateBackends();
            assertLost(stop::stop);
        }
    }

    private static void terminateBackends() {
        String agents = "FROM pg_stat_activity WHERE application_name = 'pgagent'";
        assertThat(cluster.sql("SELECT pg_terminate_backend(pid) " + agents)).isEqualTo(List.of(List.of("t")));
        cluster.awaitTrue("SELECT count(*) = 0 " + agents);
    }

    @Test
    void a_crash_of_the_server_loses_the_backup_and_hinders_no_restart() throws IOException {
        try (ServerConnection connection = connect();
                BackupSession backup = connection.startBackup("crash", CheckpointMode.FAST)) {
            cluster.kill();
            cluster.start();
            assertLost(backup::checkAlive);
        }
        assertThat(Files.exists(cluster.dataDirectory().resolve("backup_label")))
                .isFalse();
    }

    private static void assertLost(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(PgAgentException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.SQL_FAILED);
                    assertThat(e.hint()).contains("new backup");
                })
                .hasMessageMatching("the backup that was started at [0-9A-F]+/[0-9A-F]+ is lost: .*");
    }

    @Test
    void refuses_a_label_that_the_server_would_garble() throws IOException {
        try (ServerConnection connection = connect()) {
            for (String label : List.of("two\nlines", "ümlaut", "x".repeat(201))) {
                assertThatThrownBy(() -> connection.startBackup(label, CheckpointMode.FAST))
                        .isInstanceOf(IllegalArgumentException.class);
            }
        }
    }

    @Test
    void works_on_a_standby_until_it_is_promoted() throws IOException {
        try (PostgresCluster standby = PostgresCluster.standbyOf(cluster)) {
            cluster.sql("CHECKPOINT");
            standby.awaitTrue(
                    "SELECT pg_last_wal_replay_lsn() >= '" + cluster.value("SELECT pg_current_wal_lsn()") + "'");
            try (ServerConnection connection = ServerConnection.open(TestSettings.superuser(standby))) {
                ServerFacts facts = connection.facts();
                assertThat(facts.inRecovery()).isTrue();
                assertThat(facts.timeline()).isEqualTo(new Timeline(1));
                assertThat(connection.currentWalInsertLsn()).isGreaterThan(Lsn.ZERO);
                try (BackupSession backup = connection.startBackup("standby", CheckpointMode.FAST)) {
                    backup.checkAlive();
                    StoppedBackup stopped = backup.stop();
                    assertThat(BackupLabel.parse(stopped.label()).standby()).isTrue();
                    assertThat(stopped.nextXid()).isEmpty();
                    assertThat(stopped.timeline()).isEqualTo(new Timeline(1));
                    assertThat(stopped.lsn()).isGreaterThanOrEqualTo(backup.startLsn());
                }
                try (BackupSession backup = connection.startBackup("promoted", CheckpointMode.FAST)) {
                    standby.sql("SELECT pg_promote()");
                    standby.awaitPromotion();
                    assertThatThrownBy(backup::checkAlive).hasMessageContaining("the standby was promoted");
                    assertThatThrownBy(backup::stop).hasMessageContaining("promoted during");
                }
            }
            try (ServerConnection connection = ServerConnection.open(TestSettings.superuser(standby))) {
                assertThat(connection.facts().timeline()).isEqualTo(new Timeline(2));
            }
        }
    }
}
