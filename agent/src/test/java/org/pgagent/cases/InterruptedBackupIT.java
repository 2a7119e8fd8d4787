package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.Await;
import org.pgagent.kit.FaultyWire;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.PublishedClassPath;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.ServerUser;
import org.pgagent.kit.ToolRun;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.UnfinishedUpload;

/** Backups that something ends before they are done, in the middle of copying: held there by a store that does not answer. */
final class InterruptedBackupIT {
    private static final String NAME = "interrupted";
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final Repository REPOSITORY = Repository.shared();
    private static PostgresCluster cluster;

    @BeforeAll
    static void start() {
        cluster = REPOSITORY
                .archiving(PostgresSetup.ofVersion(14).withWalSegmentMiB(1), NAME)
                .start();
        // More than one part for a single worker, as it does not shrink.
        cluster.sql("CREATE TABLE filler AS SELECT md5(i::text) FROM generate_series(1, 200000) i");
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    /** A backup as a process of its own, whose second part never arrives. */
    private record Held(Process process, FaultyWire wire, BackupId id, Path log) implements AutoCloseable {
        static Held start() throws IOException {
            List<BackupId> before = ids();
            FaultyWire wire = FaultyWire.to(REPOSITORY.server().endpoint());
            wire.breakNext("^PUT .*pack\\?.*partNumber=2", new FaultyWire.Fault.Silence());
            Path log = cluster.createDirectory("log-" + System.nanoTime()).resolve("log");
            List<String> line = new ArrayList<>(List.of(
                    "backup",
                    "--type",
                    "full",
                    "--cluster",
                    NAME,
                    "--endpoint",
                    wire.endpoint().toString()));
            line.addAll(List.of("--jobs", "1", "--archive-timeout", "8s"));
            line.addAll(List.of(
                    "--compress", "none", "-h", cluster.socketDirectory().toString(), "-U", "postgres"));
            ProcessBuilder builder = new ProcessBuilder(ServerUser.current()
                            .command(
                                    "sh",
                                    "-c",
                                    "exec "
                                            + PublishedClassPath.command(
                                                    "org.pgagent.Main", line.toArray(String[]::new))))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            builder.environment().putAll(REPOSITORY.environment());
            Process process = builder.start();
            Await.until("the second part is on its way", LIMIT, () -> {
                assertThat(process.isAlive()).as(() -> read(log)).isTrue();
                return wire.heads().stream().anyMatch(head -> head.matches("(?s)PUT .*partNumber=2.*"));
            });
            List<BackupId> now = new ArrayList<>(ids());
            now.removeAll(before);
            assertThat(now).hasSize(1);
            return new Held(process, wire, now.get(0), log);
        }

        int awaitEnd() {
            Await.until("the end of the backup", LIMIT, () -> !process.isAlive());
            return process.exitValue();
        }

        String output() {
            return read(log);
        }

        private static String read(Path log) {
            return ToolRun.successOf("cat", log.toString());
        }

        @Override
        public void close() {
            process.destroyForcibly();
            wire.close();
        }
    }

    private static List<BackupId> ids() throws IOException {
        return new BackupRecords(REPOSITORY.store(), Repository.keys(NAME)).ids();
    }

    private static BackupRecord record(BackupId id) throws IOException {
        return new BackupRecords(REPOSITORY.store(), Repository.keys(NAME))
                .find(id)
                .orElseThrow();
    }

    private static void requireServerUnharmed() {
        assertThat(cluster.dataDirectory().resolve("backup_label")).doesNotExist();
        assertThat(cluster.dataDirectory().resolve("tablespace_map")).doesNotExist();
        cluster.awaitTrue("SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name LIKE 'pgagent%'");
        cluster.restart();
    }

    /** Case 14. */
    @Test
    void a_killed_backup_leaves_no_trace_on_the_server_and_is_never_taken_for_one() throws Exception {
        try (Held held = Held.start()) {
            held.process().destroyForcibly().waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);

            requireServerUnharmed();
            assertThat(record(held.id()).state()).isEqualTo(BackupState.RUNNING);
            assertThat(record(held.id()).restorable()).isFalse();
            assertThat(REPOSITORY.store().head(Repository.keys(NAME).manifest(held.id())))
                    .isEmpty();
            assertThat(unfinishedUploads(held)).hasSize(1);

            Outcome restore = REPOSITORY.restoreInto(
                    cluster.socketDirectory().resolve("never"),
                    NAME,
                    "--backup",
                    held.id().value());
            assertThat(restore.status()).isEqualTo(21);
            assertThat(restore.err()).contains(held.id() + " is RUNNING").contains("hint: ");

            assertThat(REPOSITORY.run("show", "--cluster", NAME).out()).containsPattern(held.id() + " .* RUNNING");
            requireRefused(held);
            letTermPass(held.id());
            assertThat(REPOSITORY.run("show", "--cluster", NAME).out()).containsPattern(held.id() + " .* ERROR");

            StoredBackup next = REPOSITORY.backup(cluster, NAME);
            next.requireComplete();
            assertThat(REPOSITORY.run("show", "--cluster", NAME).out()).containsPattern(next.id() + " .* OK");
            assertThat(record(held.id()).state()).isEqualTo(BackupState.ERROR);
            assertThat(record(held.id()).error()).contains("abandoned");

            requirePurged(held, next);
        }
    }

    private static List<UnfinishedUpload> unfinishedUploads(Held held) throws IOException {
        return REPOSITORY.store().unfinishedUploads(Repository.keys(NAME).backupPrefix(held.id()));
    }

    /** What the killed backup has left goes, parts that are not to be seen among the objects included, and nothing else. */
    private static void requirePurged(Held held, StoredBackup other) throws IOException {
        assertThat(unfinishedUploads(held)).as("still there").hasSize(1);
        Outcome dry = REPOSITORY.run("purge", "--cluster", NAME, "--dry-run");
        assertThat(dry.status()).as(dry.output()).isZero();
        assertThat(unfinishedUploads(held)).hasSize(1);

        Outcome purge = REPOSITORY.run("purge", "--cluster", NAME);

        assertThat(purge.status()).as(purge.output()).isZero();
        assertThat(purge.out()).contains(held.id().value());
        assertThat(unfinishedUploads(held)).isEmpty();
        assertThat(REPOSITORY
                        .store()
                        .list(Repository.keys(NAME).backupPrefix(held.id()), ListDepth.ALL, Optional.empty())
                        .objects())
                .isEmpty();
        assertThat(ids()).doesNotContain(held.id()).contains(other.id());
        other.requireComplete();
    }

    /** Nothing was heard of a backup for too long. */
    private static void letTermPass(BackupId id) throws IOException {
        BackupRecords records = new BackupRecords(REPOSITORY.store(), Repository.keys(NAME));
        BackupRecords.Versioned running = records.read(id).orElseThrow();
        records.replace(running, running.record().withAliveUntil(Instant.parse("2026-01-01T00:00:00Z")));
    }

    private static void requireRefused(Held held) throws IOException {
        List<BackupId> before = ids();
        for (String option : List.of("--type=full", "--type=incremental", "--dry-run")) {
            Outcome second = REPOSITORY.onServer(cluster, NAME, "backup", option);
            assertThat(second.status()).as(second.output()).isEqualTo(23);
            assertThat(second.err())
                    .contains("a backup of '" + NAME + "' in ")
                    .contains("is being taken: " + held.id() + " by pgagent on ")
                    .contains("hint: ");
        }
        assertThat(ids()).isEqualTo(before);
    }

    @Test
    void of_two_backups_at_once_the_second_is_refused_and_the_first_unharmed() throws IOException {
        try (Held held = Held.start()) {
            requireRefused(held);
            held.wire().hangUp();

            assertThat(held.awaitEnd()).as(held.output()).isZero();
            assertThat(record(held.id()).state()).isEqualTo(BackupState.OK);
            assertThat(record(held.id()).aliveUntil()).isNull();
        }
    }

    @Test
    void a_backup_that_was_taken_for_dead_never_becomes_complete() throws IOException {
        try (Held held = Held.start()) {
            letTermPass(held.id());
            StoredBackup next = REPOSITORY.backup(cluster, NAME);
            held.wire().hangUp();

            assertThat(held.awaitEnd()).as(held.output()).isEqualTo(37);
            assertThat(held.output())
                    .contains("was given up by another pgagent")
                    .contains("hint: ");
            assertThat(record(held.id()).state()).isEqualTo(BackupState.ERROR);
            assertThat(record(held.id()).error()).contains("abandoned");
            next.requireComplete();
        }
    }

    /** Case 15. */
    @Test
    void a_terminated_backend_fails_the_backup_at_once() throws IOException {
        try (Held held = Held.start()) {
            assertThat(cluster.value("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                            + " WHERE application_name LIKE 'pgagent%'"))
                    .isEqualTo("t");

            assertThat(held.awaitEnd()).as(held.output()).isEqualTo(14);
            assertThat(held.output()).contains("pgagent: error: ").contains("hint: ");
            assertThat(record(held.id()).state()).isEqualTo(BackupState.ERROR);
            assertThat(REPOSITORY.store().head(Repository.keys(NAME).manifest(held.id())))
                    .isEmpty();
            assertThat(REPOSITORY
                            .store()
                            .unfinishedUploads(Repository.keys(NAME).packsPrefix(held.id())))
                    .isEmpty();
            requireServerUnharmed();
        }
    }

    /** Case 15, with the server's end in place of the backend's. */
    @Test
    void a_server_that_ends_fails_the_backup_at_once() throws IOException {
        try (Held held = Held.start()) {
            cluster.stop(PostgresCluster.Stop.IMMEDIATE);

            assertThat(held.awaitEnd()).as(held.output()).isEqualTo(14);
            assertThat(record(held.id()).state()).isEqualTo(BackupState.ERROR);
            cluster.start();
            requireServerUnharmed();
        }
    }

    /** The name of the segment that the server writes at the moment; something is in it, so that a switch ends it. */
    private static String begunSegment() {
        return cluster.value(
                "SELECT pg_walfile_name(pg_logical_emit_message(false, 'test', 'so that there is something'))");
    }

    /** Case 16: the segment that the backup's start ended is what does not arrive. */
    @Test
    void archiving_that_breaks_during_the_backup_ends_it_with_the_segments_name() throws IOException {
        cluster.archiveWal();
        cluster.setArchiveCommand("echo pgagent is broken; false");
        String segment = begunSegment();
        Outcome outcome = REPOSITORY.onServer(cluster, NAME, "backup", "--archive-timeout", "2s");

        assertThat(outcome.status()).as(outcome.output()).isEqualTo(20);
        assertThat(outcome.err())
                .contains("WAL segment " + segment + " did not arrive")
                .contains("hint: ");
        List<BackupId> ids = ids();
        BackupRecord failed = record(ids.get(ids.size() - 1));
        assertThat(failed.state()).isEqualTo(BackupState.ERROR);
        assertThat(failed.error()).contains(segment + " did not arrive");

        cluster.setArchiveCommand(Repository.archiveCommand(NAME));
        REPOSITORY.backup(cluster, NAME).requireComplete();
    }

    /** Case 16, when it breaks after the copy has begun: the backup's own WAL is what does not arrive. */
    @Test
    void archiving_that_breaks_after_the_start_is_noticed_at_the_end() throws IOException {
        cluster.archiveWal();
        try (Held held = Held.start()) {
            cluster.setArchiveCommand("echo pgagent is broken; false");
            String segment = begunSegment();
            held.wire().hangUp();

            assertThat(held.awaitEnd()).as(held.output()).isEqualTo(20);
            assertThat(held.output()).contains("WAL segment " + segment + " did not arrive");
            assertThat(record(held.id()).state()).isEqualTo(BackupState.ERROR);
            assertThat(REPOSITORY.store().head(Repository.keys(NAME).manifest(held.id())))
                    .isEmpty();
        } finally {
            cluster.setArchiveCommand(Repository.archiveCommand(NAME));
        }
        REPOSITORY.backup(cluster, NAME).requireComplete();
    }

    @Test
    void a_signal_ends_the_backup_in_order() throws IOException {
        try (Held held = Held.start()) {
            held.process().destroy();

            assertThat(held.awaitEnd()).as(held.output()).isEqualTo(13);
            assertThat(record(held.id()).state()).isEqualTo(BackupState.ERROR);
            assertThat(record(held.id()).error()).contains("signal");
            assertThat(REPOSITORY
                            .store()
                            .unfinishedUploads(Repository.keys(NAME).packsPrefix(held.id())))
                    .isEmpty();
        }
        requireServerUnharmed();
    }
}
