package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.pgagent.backup.BackupResult;
import org.pgagent.backup.BackupServers;
import org.pgagent.backup.BackupSettings;
import org.pgagent.backup.BackupType;
import org.pgagent.backup.BaseBackup;
import org.pgagent.chunk.Compression;
import org.pgagent.error.Cancellation;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.postgres.Exclusions;
import org.pgagent.postgres.session.CheckpointMode;
import org.pgagent.postgres.session.ConnectionSettings;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.repository.Annotations;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.storage.FileObjectStore;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectListing;
import org.pgagent.storage.ObjectStore;
import org.pgagent.transfer.FileUploader;
import org.pgagent.transfer.PackLimits;
import org.pgagent.transfer.TransferProgress;

/** Backups of a small cluster that are taken in this process, through whatever store. */
abstract class TakenBackups {
    static final ClusterKeys KEYS = Repository.keys("main");

    /** Small parts and no compression, so that a tiny cluster fills more than one part. */
    private static BackupSettings settings(BackupType type) {
        return new BackupSettings(
                type,
                Optional.empty(),
                "sweep",
                Annotations.NONE,
                Exclusions.NONE,
                CheckpointMode.FAST,
                new FileUploader.ChunkFormat(1 << 20, Compression.parse("none")),
                new PackLimits(5 << 20, 5 << 20),
                OptionalLong.empty(),
                1,
                Duration.ofSeconds(60),
                Duration.ofSeconds(60));
    }

    private static ScratchDirectory scratch;
    private static ResidentProgram program;
    static PostgresCluster cluster;
    static ObjectStore store;

    @BeforeAll
    static void start() throws IOException {
        scratch = ScratchDirectory.create();
        Path repository = scratch.createReadable("repository");
        program = ResidentProgram.start(Map.of("PGAGENT_BUCKET", "file://" + repository), "077");
        cluster = PostgresSetup.ofVersion(PostgresBinaries.newestMajor())
                .withWalSegmentMiB(1)
                .withSetting("autovacuum", "off")
                .withArchiveCommand("pgagent wal-push %p")
                .withEnvironment("PATH", program.searchPath())
                .start();
        cluster.sql("UPDATE pg_database SET datistemplate = false");
        cluster.sql("DROP DATABASE template0");
        cluster.sql("DROP DATABASE template1");
        cluster.archiveWal();
        store = FileObjectStore.open(repository, new SplittableRandom(1));
    }

    @AfterAll
    static void stop() {
        cluster.close();
        program.close();
        store.close();
        scratch.close();
    }

    @AfterEach
    void requireServerUntouched() throws IOException {
        removeBackups();
        assertThat(cluster.dataDirectory().resolve("backup_label")).doesNotExist();
        // A connection that is closed takes the server a moment to end.
        cluster.awaitTrue("SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'client backend'"
                + " AND pid <> pg_backend_pid()");
    }

    /** A full backup; empty if it failed, as the world fails. */
    static Optional<BackupResult> take(ObjectStore through) throws IOException {
        return take(through, BackupType.FULL);
    }

    static Optional<BackupResult> take(ObjectStore through, BackupType type) throws IOException {
        return take(through, type, Clock.systemUTC());
    }

    static Optional<BackupResult> take(ObjectStore through, BackupType type, Clock clock) throws IOException {
        ConnectionSettings settings = new ConnectionSettings(
                Optional.of(cluster.socketDirectory().toString()),
                Optional.of(cluster.port()),
                Optional.of("postgres"),
                Optional.of("postgres"),
                Map.of());
        BaseBackup.Destination destination =
                new BaseBackup.Destination(through, KEYS, new BackupRecord.Writer("test", 1, "test"));
        BaseBackup.Surroundings around =
                new BaseBackup.Surroundings(clock, TransferProgress.silent(), new Cancellation());
        try (ServerConnection connection = ServerConnection.open(settings)) {
            return Optional.of(new BaseBackup(destination, settings(type), around)
                    .take(BackupServers.alone(connection, cluster.dataDirectory())));
        } catch (PgAgentException e) {
            assertThat(e.getMessage()).containsAnyOf("a test", "found damaged meanwhile");
            return Optional.empty();
        }
    }

    static void removeBackups() throws IOException {
        removeBackups(KEYS.backupsPrefix());
        removeBackups(KEYS.recordsPrefix());
    }

    static void removeBackups(String prefix) throws IOException {
        List<ObjectKey> keys = new ArrayList<>();
        Optional<String> from = Optional.empty();
        do {
            ObjectListing page = store.list(prefix, ListDepth.ALL, from);
            page.objects().stream().map(ObjectInfo::key).forEach(keys::add);
            from = page.next();
        } while (from.isPresent());
        store.delete(keys);
    }
}
