package org.pgagent.cases;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.pgagent.error.ErrorKind;
import org.pgagent.kit.Await;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.PublishedClassPath;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.ServerUser;
import org.pgagent.kit.ToolRun;
import org.pgagent.postgres.DataPath;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.storage.ListDepth;

/** What whoever takes a backup can ask for besides: to leave something out, to read slowly, to only say what would be. */
final class BackupOptionsIT {
    private static final Repository REPOSITORY = Repository.shared();
    private static final String NAME = "options";
    private static final long SLOW = 16 << 20;

    private static PostgresCluster cluster;

    @BeforeAll
    static void start() {
        cluster = REPOSITORY
                .archiving(
                        PostgresSetup.ofVersion(PostgresBinaries.newestMajor()).withWalSegmentMiB(1), NAME)
                .start();
        inDataDirectory(
                "mkdir -p scripts/deep csv && echo 1 >scripts/run.sh && echo 2 >scripts/deep/er && echo 3 >csv/a.csv"
                        + " && echo 4 >csv/a.log");
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static void inDataDirectory(String commands) {
        ToolRun.successOf(
                ServerUser.current().command("sh", "-c", "cd '" + cluster.dataDirectory() + "' && " + commands));
    }

    private static boolean has(StoredBackup backup, String path) {
        return backup.entries().containsKey(DataPath.of(path));
    }

    @Test
    void what_is_excluded_is_not_in_the_backup_and_comes_back_with_the_next_one_that_does_not_exclude_it()
            throws IOException {
        StoredBackup whole = REPOSITORY.backup(cluster, NAME, "--type", "full");
        StoredBackup without = REPOSITORY.backup(
                cluster, NAME, "--exclude", "scripts", "--exclude", "csv/*.csv", "--type", "incremental");
        inDataDirectory("echo changed >csv/a.csv");
        StoredBackup again = REPOSITORY.backup(cluster, NAME, "--type", "incremental");
        StoredBackup full = REPOSITORY.backup(cluster, NAME, "--type", "full", "--exclude", "csv");

        assertThat(without.record().parent().id()).isEqualTo(whole.id());
        assertThat(again.record().parent().id()).isEqualTo(without.id());
        TreeSet<DataPath> left = new TreeSet<>(whole.entries().keySet());
        left.removeAll(without.entries().keySet());
        assertThat(left)
                .map(DataPath::toString)
                .contains("scripts", "scripts/run.sh", "scripts/deep", "scripts/deep/er", "csv/a.csv")
                .allMatch(
                        path -> path.matches("scripts.*|csv/a.csv|(base|global|pg_tblspc|pg_stat)/.*"), "nothing else");
        assertThat(has(without, "csv/a.log")).isTrue();
        assertThat(full.entries().keySet()).noneMatch(path -> path.toString().startsWith("csv"));
        assertThat(again.content(DataPath.of("csv/a.csv"))).asString(UTF_8).isEqualTo("changed\n");
        assertThat(again.content(DataPath.of("scripts/deep/er")))
                .asString(UTF_8)
                .isEqualTo("2\n");
        without.requireComplete();
        again.requireComplete();
        full.requireComplete();

        assertThat(whole.record().excluded()).isNull();
        assertThat(without.record().excluded()).containsExactly("scripts", "csv/*.csv");
        assertThat(without.trailer().record().excluded()).containsExactly("scripts", "csv/*.csv");
        assertThat(REPOSITORY
                        .run("show", "--cluster", NAME, without.id().value())
                        .out())
                .containsPattern("Excluded +scripts")
                .containsPattern("Excluded +csv/\\*\\.csv");

        try (RestoredCluster restored =
                REPOSITORY.restore(NAME, "--backup", without.id().value(), "--target-immediate")) {
            assertThat(restored.outcome().out())
                    .contains("what matches scripts, csv/*.csv does not come back")
                    .contains("Restored into");
            assertThat(restored.recover().value("SELECT 1")).isEqualTo("1");
            assertThat(restored.dataDirectory().resolve("scripts")).doesNotExist();
            assertThat(restored.dataDirectory().resolve("csv/a.csv")).doesNotExist();
            assertThat(restored.dataDirectory().resolve("csv/a.log")).exists();
        }
    }

    @Test
    void what_a_server_needs_is_not_excluded() {
        long backups = REPOSITORY.run("show", "--cluster", NAME).out().lines().count();
        for (String glob : List.of("base/*", "*", "pg_w*", "PG_VERSION")) {
            Outcome outcome = REPOSITORY.onServer(cluster, NAME, "backup", "--exclude", glob);

            assertThat(outcome.status()).as(glob).isEqualTo(ErrorKind.USAGE.exitCode());
            assertThat(outcome.err()).contains("'" + glob + "'").contains("hint: ");
        }
        assertThat(REPOSITORY.run("show", "--cluster", NAME).out().lines().count())
                .isEqualTo(backups);
    }

    @Test
    void annotations_are_kept_and_told() {
        StoredBackup backup = REPOSITORY.backup(
                cluster, NAME, "--annotation", "release=2026.4", "--annotation", "who=Zoë, before the=upgrade");

        assertThat(backup.record().annotations())
                .containsEntry("release", "2026.4")
                .containsEntry("who", "Zoë, before the=upgrade")
                .hasSize(2);
        assertThat(REPOSITORY
                        .run("show", "--cluster", NAME, backup.id().value())
                        .out())
                .containsPattern("Annotation +release=2026\\.4");
        assertThat(REPOSITORY.run("show", "--cluster", NAME, "--json").out()).contains("\"release\" : \"2026.4\"");

        Outcome refused = REPOSITORY.onServer(cluster, NAME, "backup", "--annotation", "nothing");
        assertThat(refused.status()).isEqualTo(ErrorKind.USAGE.exitCode());
        assertThat(refused.err()).contains("not an annotation: 'nothing'");
    }

    @Test
    void a_rate_limit_is_kept_by_all_workers_together() {
        long begun = System.nanoTime();
        BackupRecord record = REPOSITORY
                .backup(cluster, NAME, "--type", "full", "--rate-limit", SLOW + "", "--jobs", "4")
                .record();
        double seconds = (System.nanoTime() - begun) / 1e9;

        assertThat(seconds).isGreaterThan((double) record.totals().readBytes() / SLOW - 0.2);
    }

    @Test
    void a_slow_backup_ends_at_once_when_it_is_told_to() throws Exception {
        String line = PublishedClassPath.command(
                "org.pgagent.Main",
                "backup",
                "--type",
                "full",
                "--cluster",
                NAME,
                "--rate-limit",
                "64KiB",
                "-h",
                cluster.socketDirectory().toString(),
                "-p",
                String.valueOf(cluster.port()),
                "-U",
                "postgres");
        Path log = cluster.createDirectory("slow").resolve("log");
        ProcessBuilder builder = new ProcessBuilder(ServerUser.current().command("sh", "-c", "exec " + line))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(REPOSITORY.environment());
        Process process = builder.start();
        try {
            Await.until(
                    "the copy",
                    Duration.ofSeconds(60),
                    () -> ToolRun.successOf("cat", log.toString()).contains("backup started"));
            long told = System.nanoTime();
            process.destroy();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();

            assertThat(Duration.ofNanos(System.nanoTime() - told)).isLessThan(Duration.ofSeconds(8));
            assertThat(process.exitValue()).isEqualTo(ErrorKind.INTERRUPTED.exitCode());
        } finally {
            process.destroyForcibly();
        }
        BackupRecords records = new BackupRecords(REPOSITORY.store(), Repository.keys(NAME));
        assertThat(records.list().records())
                .filteredOn(record -> record.state() == BackupState.ERROR)
                .hasSize(1);
    }

    @Test
    void a_dry_run_says_what_would_be_read_and_why_and_writes_nothing() throws IOException {
        StoredBackup parent = REPOSITORY.backup(cluster, NAME, "--type", "full");
        cluster.sql("CREATE TABLE newer AS SELECT generate_series(1, 1000) i");
        cluster.sql("CHECKPOINT");
        List<String> before = objects();
        String lsn = cluster.value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())");

        Outcome plan = REPOSITORY.onServer(cluster, NAME, "backup", "--dry-run", "--exclude", "scripts");
        Outcome full = REPOSITORY.onServer(cluster, NAME, "backup", "--dry-run", "--type", "full");
        Outcome json = REPOSITORY.onServer(cluster, NAME, "backup", "--dry-run", "--json");

        assertThat(plan.out())
                .contains("Would take an incremental backup with the parent " + parent.id())
                .containsPattern("Why +the newest whole backup on this server's history")
                .containsPattern("Reads +at most [0-9.]+ MiB in [0-9]+ files, 0 tablespaces")
                .containsPattern("Stores +at most about [0-9.]+ [KM]iB before compression: [0-9]+ files are newer")
                .containsPattern("Excluded +1 entries by scripts");
        assertThat(full.out()).contains("Would take a full backup").containsPattern("Why +a full one is asked for");
        assertThat(json.out())
                .contains("\"kind\" : \"incremental\"", "\"parent\" : \"" + parent.id() + "\"", "\"newer_bytes\" : ");
        assertThat(objects()).isEqualTo(before);
        assertThat(cluster.value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())"))
                .as("no backup was started, which would have switched")
                .isEqualTo(lsn);

        BackupRecord taken = REPOSITORY.backup(cluster, NAME).record();
        assertThat(taken.kind()).isEqualTo(BackupKind.INCREMENTAL);
        long files = Long.parseLong(json.out().replaceFirst("(?s).*\"files\" : ([0-9]+).*", "$1"));
        assertThat(taken.totals().files()).isBetween(files - 3, files + 3);
    }

    private static List<String> objects() throws IOException {
        List<String> keys = new ArrayList<>();
        REPOSITORY
                .store()
                .forEachPage(
                        NAME + "/backups/",
                        ListDepth.ALL,
                        page -> page.objects().forEach(object -> keys.add(object.key() + " " + object.etag())));
        return keys;
    }
}
