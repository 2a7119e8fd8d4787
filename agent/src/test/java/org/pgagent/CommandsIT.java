package org.pgagent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.PublishedClassPath;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ServerUser;
import org.pgagent.kit.ToolRun;

/** The verbs as processes of their own, run by the server's user, on one cluster and directories as repositories. */
@TestMethodOrder(MethodOrderer.Random.class)
final class CommandsIT {
    private static final String ARCHIVE_COMMAND = PublishedClassPath.command("org.pgagent.Main", "wal-push", "%p");

    private static ScratchDirectory scratch;
    private static Path repository;
    private static PostgresCluster cluster;

    @BeforeAll
    static void start() {
        scratch = ScratchDirectory.create();
        repository = scratch.createReadable("repository");
        cluster = PostgresSetup.ofVersion(16)
                .withWalSegmentMiB(1)
                .withArchiveCommand(ARCHIVE_COMMAND)
                .withEnvironment("PGAGENT_BUCKET", "file://" + repository)
                .start();
        cluster.sql("CREATE TABLE t AS SELECT generate_series(1, 1000) i");
    }

    @AfterAll
    static void stop() {
        cluster.close();
        scratch.close();
    }

    private static ToolRun pgagent(Path intoRepository, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--bucket", "file://" + intoRepository));
        String line = PublishedClassPath.command("org.pgagent.Main", all.toArray(String[]::new));
        return ToolRun.of(ServerUser.current().command("sh", "-c", line));
    }

    private static ToolRun onServer(Path intoRepository, String verb, String... arguments) {
        List<String> all = new ArrayList<>(List.of(verb));
        all.addAll(List.of(arguments));
        all.addAll(List.of(
                "-h", cluster.socketDirectory().toString(), "-p", String.valueOf(cluster.port()), "-U", "postgres"));
        return pgagent(intoRepository, all.toArray(String[]::new));
    }

    private static void assertNothingIn(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            assertThat(entries.filter(entry -> !entry.getFileName().toString().startsWith(".")))
                    .isEmpty();
        }
    }

    @Test
    void check_sends_a_segment_through_and_finds_everything_good() {
        ToolRun run = onServer(repository, "check");

        assertThat(run.output())
                .contains("put, multipart upload, get and delete work")
                .containsPattern("good +unfinished uploads +can be found and aborted")
                .containsPattern("good +archiving +WAL segment [0-9A-F]{24} arrived")
                .doesNotContain("bad ");
        assertThat(run.exitStatus()).isZero();
    }

    @Test
    void a_dry_check_writes_nothing_neither_here_nor_there() throws IOException {
        Path untouched = scratch.createReadable("untouched");
        String before = cluster.value("SELECT pg_current_wal_insert_lsn()");

        ToolRun run = onServer(untouched, "check", "--dry-run");

        assertThat(run.output())
                .containsPattern("good +store")
                .containsPattern("not tried +write +it would be written")
                .containsPattern("good +cluster +'main' is free")
                .containsPattern("not tried +archiving +it would be written");
        assertThat(run.exitStatus()).isZero();
        assertNothingIn(untouched);
        assertThat(cluster.value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())"))
                .isEqualTo(cluster.value("SELECT pg_walfile_name('" + before + "')"));
    }

    @Test
    void a_backup_is_taken_and_shown() {
        ToolRun backup = onServer(repository, "backup", "--type", "full", "--label", "nightly");

        assertThat(backup.output()).containsPattern("Backup [0-9]{8}T[0-9]{6}Z-F is complete, status OK");
        assertThat(backup.exitStatus()).isZero();
        String id = backup.output().replaceFirst("(?s).*Backup ([0-9TZ]+-F) is complete.*", "$1");
        assertThat(pgagent(repository, "show").output())
                .containsPattern("\\Q" + id + "\\E +FULL +[0-9.ms]+ +[0-9.]+ [KMG]iB +1 +OK");
        assertThat(pgagent(repository, "show", id).output())
                .contains("nightly")
                .containsPattern("Status +OK")
                .containsPattern("PostgreSQL +16\\.");
        assertThat(pgagent(repository, "show", id, "--json").output())
                .contains("\"id\" : \"" + id + "\"")
                .contains("\"label\" : \"nightly\"");
    }

    @Test
    void a_cluster_comes_back_to_a_point_in_time() throws IOException {
        assertThat(onServer(repository, "backup").exitStatus()).isZero();
        cluster.sql("CREATE TABLE kept AS SELECT generate_series(1, 500) i");
        String time = cluster.value("SELECT clock_timestamp() AT TIME ZONE 'UTC' || '+00'");
        cluster.sql("DELETE FROM kept");
        cluster.archiveWal();
        Path target = scratch.resolve("restored");
        String fetch = PublishedClassPath.command(
                "org.pgagent.Main", "wal-fetch", "%f", "%p", "--bucket", "file://" + repository);
        String[] restore = {
            "restore", "-D", target.toString(), "--target-time", time, "--restore-command", fetch.replace("'", "")
        };

        List<String> dryRun = new ArrayList<>(List.of(restore));
        dryRun.add("--dry-run");
        ToolRun plan = pgagent(repository, dryRun.toArray(String[]::new));
        assertThat(plan.output()).contains("Plan: restore 'main'").contains(target.toString());
        assertThat(plan.exitStatus()).isZero();
        assertThat(target).doesNotExist();

        ToolRun run = pgagent(repository, restore);
        assertThat(run.output()).contains("Restored into " + target).contains("pg_ctl start -D " + target);
        assertThat(run.exitStatus()).isZero();
        try (PostgresCluster restored = PostgresCluster.open(target, Map.of())) {
            restored.start();
            restored.awaitPromotion();
            assertThat(restored.value("SELECT count(*) FROM kept")).isEqualTo("500");
            assertThat(restored.value("SHOW archive_mode")).isEqualTo("off");
        }
    }

    @Test
    void a_restore_that_cannot_succeed_is_refused_and_nothing_written() throws IOException {
        Path full = scratch.createPrivate("full");
        Files.createFile(full.resolve("precious"));
        assertThat(onServer(repository, "backup").exitStatus()).isZero();

        assertThat(pgagent(repository, "restore", "-D", full.toString()).exitStatus())
                .isEqualTo(50);
        Path target = scratch.resolve("refused");
        assertThat(pgagent(repository, "restore", "-D", target.toString(), "--target-immediate", "--target-name", "x")
                        .exitStatus())
                .isEqualTo(2);
        assertThat(pgagent(repository, "restore", "-D", target.toString(), "--target-time", "yesterday")
                        .exitStatus())
                .isEqualTo(2);
        assertThat(pgagent(repository, "restore", "-D", target.toString(), "--target-time", "2001-01-01 00:00:00+00")
                        .exitStatus())
                .isEqualTo(51);
        assertThat(pgagent(scratch.createReadable("bare"), "restore", "-D", target.toString())
                        .exitStatus())
                .isEqualTo(21);
        assertThat(target).doesNotExist();
        assertThat(full).isDirectoryContaining(path -> path.endsWith("precious"));
    }

    @Test
    void a_dry_run_of_a_backup_writes_nothing() throws IOException {
        Path empty = scratch.createReadable("dry-run");

        ToolRun run = onServer(empty, "backup", "--dry-run");

        assertThat(run.output()).contains("Would take a full backup of PostgreSQL 16");
        assertThat(run.exitStatus()).isZero();
        assertNothingIn(empty);
    }

    @Test
    void a_dry_run_of_a_backup_asks_the_store() {
        ToolRun run = onServer(scratch.resolve("not-there"), "backup", "--dry-run");

        assertThat(run.output()).contains("there is no directory").doesNotContain("Would take");
        assertThat(run.exitStatus()).isEqualTo(30);
    }

    @Test
    void archiving_into_another_repository_is_found_out_and_names_the_segment() {
        Path other = scratch.createReadable("other");

        ToolRun run = onServer(other, "check", "--archive-timeout", "2s");

        assertThat(run.output())
                .containsPattern("bad +archiving +WAL segment [0-9A-F]{24} did not arrive")
                .contains("hint: ");
        assertThat(run.exitStatus()).isEqualTo(20);
    }

    @Test
    void a_foreign_data_directory_is_refused_and_nothing_written() throws IOException {
        Path empty = scratch.createReadable("foreign");
        try (PostgresCluster foreign =
                PostgresSetup.ofVersion(16).withOwnIdentity().prepare()) {
            ToolRun run =
                    onServer(empty, "backup", "-D", foreign.dataDirectory().toString());

            assertThat(run.exitStatus()).isEqualTo(24);
            assertThat(run.output()).contains("is not the data directory of the server");
        }
        assertNothingIn(empty);
    }

    @Test
    void a_name_that_keeps_another_cluster_is_refused() {
        Path taken = scratch.createReadable("taken");
        try (PostgresCluster first = PostgresSetup.ofVersion(16)
                .withOwnIdentity()
                .withWalSegmentMiB(1)
                .withArchiveCommand(ARCHIVE_COMMAND)
                .withEnvironment("PGAGENT_BUCKET", "file://" + taken)
                .start()) {
            first.archiveWal();
        }

        ToolRun check = onServer(taken, "check");
        assertThat(check.output()).containsPattern("bad +cluster").containsPattern("not tried +archiving");
        assertThat(check.exitStatus()).isEqualTo(40);

        assertThat(onServer(taken, "backup", "--dry-run").exitStatus()).isEqualTo(40);

        ToolRun run = onServer(taken, "backup");

        assertThat(run.output())
                .contains("keeps the cluster with system identifier")
                .contains("--cluster");
        assertThat(run.exitStatus()).isEqualTo(40);
    }

    @Test
    void a_server_that_is_not_there_is_a_failed_connection() {
        ToolRun run = pgagent(repository, "check", "-h", scratch.path().toString());

        assertThat(run.output()).containsPattern("good +store").containsPattern("bad +connection");
        assertThat(run.exitStatus()).isEqualTo(15);
    }

    @Test
    void a_signal_ends_a_command_in_order_and_with_its_own_status() throws Exception {
        Path other = scratch.createReadable("signalled");
        String line = PublishedClassPath.command(
                "org.pgagent.Main",
                "check",
                "--bucket",
                "file://" + other,
                "--archive-timeout",
                "1h",
                "-h",
                cluster.socketDirectory().toString(),
                "-U",
                "postgres");
        Path output = Files.createTempFile("signalled", ".txt");
        Process process = new ProcessBuilder(ServerUser.current().command("sh", "-c", "exec " + line))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            cluster.awaitTrue("SELECT count(*) = 1 FROM pg_stat_activity"
                    + " WHERE backend_type = 'client backend' AND query LIKE '%pg_switch_wal%'"
                    + " AND pid <> pg_backend_pid()");

            process.destroy();

            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(13);
            assertThat(Files.readString(output)).contains("stopped by a signal").doesNotContain("\tat ");
        } finally {
            process.destroyForcibly();
            Files.delete(output);
        }
    }

    @Test
    void wal_fetch_brings_a_segment_back_byte_for_byte() throws IOException {
        String segment = cluster.archiveWal();
        Path target = scratch.createPrivate("fetched").resolve("RECOVERYXLOG");

        ToolRun run = pgagent(repository, "wal-fetch", segment, target.toString());

        assertThat(run.output()).isEmpty();
        assertThat(run.exitStatus()).isZero();
        assertThat(Files.mismatch(
                        target, cluster.dataDirectory().resolve("pg_wal").resolve(segment)))
                .isEqualTo(-1);
    }

    @Test
    void wal_fetch_says_1_only_when_the_repository_does_not_have_the_file() {
        Path target = scratch.createPrivate("missing").resolve("RECOVERYXLOG");
        cluster.archiveWal();
        String segment = "0000000100000FFF00000001";

        assertThat(pgagent(repository, "wal-fetch", segment, target.toString()).exitStatus())
                .isEqualTo(1);
        assertThat(pgagent(scratch.resolve("nowhere"), "wal-fetch", segment, target.toString())
                        .exitStatus())
                .isEqualTo(126);
        assertThat(pgagent(scratch.createReadable("unused"), "wal-fetch", segment, target.toString())
                        .exitStatus())
                .isEqualTo(126);
        assertThat(pgagent(repository, "wal-fetch", "--no-such-option", segment, "x")
                        .exitStatus())
                .isEqualTo(126);
        assertThat(pgagent(repository, "wal-fetch", "--jobs", "4", segment, "x").exitStatus())
                .isEqualTo(126);
        assertThat(pgagent(repository, "wal-fetch", "--retries", "x", segment, "x")
                        .exitStatus())
                .isEqualTo(126);
        assertThat(target).doesNotExist();
    }

    @Test
    void wal_push_of_a_file_that_is_none_of_the_servers_fails_with_a_status_that_postgresql_tries_again() {
        ToolRun run = pgagent(
                repository,
                "wal-push",
                scratch.resolve("000000010000000000000001").toString());

        assertThat(run.exitStatus()).isBetween(1, 125);
        assertThat(run.output()).contains("pgagent: error: ").contains("hint: ");
    }
}
