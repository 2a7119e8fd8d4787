package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.kit.Await;
import org.pgagent.kit.ClusterContent;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.SoundDatabases;
import org.pgagent.kit.ToolRun;
import org.pgagent.kit.Workload;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.restore.RecoveryTarget.Edge;
import org.pgagent.storage.FileObjectStore;
import org.pgagent.storage.ObjectStore;

/** Servers of every version on restored directories, whose source has seen recoveries before and has a tablespace. */
final class RestoredClusterIT {
    /** One source, its repository, and where its restores go. */
    private static final class Source implements AutoCloseable {
        private final ScratchDirectory scratch = ScratchDirectory.create();
        private final Path repository = scratch.createReadable("repository");
        private final ResidentProgram program =
                ResidentProgram.start(Map.of("PGAGENT_BUCKET", "file://" + repository), "077");
        private final Path tablespace = scratch.createPrivate("a täblespace=1");
        private final PostgresCluster cluster;
        private final Workload workload;

        Source(int major) throws IOException {
            cluster = PostgresSetup.ofVersion(major)
                    .withWalSegmentMiB(1)
                    .withSetting("max_connections", "120")
                    .withArchiveCommand("pgagent wal-push %p")
                    .withEnvironment("PATH", program.searchPath())
                    .start();
            workload = new Workload(cluster, 0.5);
            workload.create(300);
            cluster.sql(
                    "CREATE TABLESPACE side LOCATION '" + tablespace.toString().replace("'", "''") + "'");
            cluster.sql("shop", "CREATE TABLE in_side TABLESPACE side AS SELECT generate_series(1, 5000) AS i");
            leaveTracesOfRecoveries();
        }

        /** None of these counts on a running primary, and each would lead a recovery astray. */
        private void leaveTracesOfRecoveries() throws IOException {
            cluster.writeSetting("recovery_target_name", "of an earlier recovery");
            cluster.writeSetting("recovery_end_command", "touch " + scratch.resolve("must-not-exist"));
            cluster.writeSetting("recovery_min_apply_delay", "1h");
            Files.writeString(
                    cluster.dataDirectory().resolve("postgresql.auto.conf"),
                    "recovery_target_xid = '4711'\nrestore_command = 'false'\nwork_mem = '5MB'\n",
                    StandardOpenOption.APPEND);
        }

        void backUp() {
            ResidentProgram.Outcome backup = program.run(
                    "backup",
                    "-h",
                    cluster.socketDirectory().toString(),
                    "-p",
                    Integer.toString(cluster.port()),
                    "-U",
                    "postgres");
            assertThat(backup.status()).as(backup.output()).isZero();
        }

        PostgresCluster restore(String name, RecoveryTarget target, CopyRole role) throws IOException {
            Path directory = scratch.resolve(name);
            String escaped = tablespace.toString().replace("=", "\\=");
            RestoreDestination destination = new RestoreDestination(
                    directory,
                    TablespaceMapping.parse(List.of(escaped + "=" + scratch.resolve(name + " täblespace"))),
                    Optional.empty(),
                    SampleRepository.owner());
            RecoveryRequest recovery = new RecoveryRequest(
                    target,
                    new TargetTimeline.Latest(),
                    TargetAction.PROMOTE,
                    role,
                    Archiving.OFF,
                    "pgagent wal-fetch %f %p");
            try (ObjectStore store = FileObjectStore.open(repository, new SplittableRandom())) {
                Restore restore = new Restore(
                        store, new ClusterKeys(new ClusterName("main")), 2, SampleRepository.surroundings());
                restore.run(restore.plan(new RestoreRequest(Optional.empty(), destination, recovery)));
            }
            return PostgresCluster.open(directory, Map.of("PATH", program.searchPath()));
        }

        @Override
        public void close() {
            cluster.close();
            program.close();
            scratch.close();
        }
    }

    private static List<List<String>> marks(PostgresCluster cluster) {
        return cluster.sql("shop", "SELECT name FROM marks ORDER BY made");
    }

    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("org.pgagent.kit.PostgresBinaries#majors")
    void recovers_to_what_was_asked_for_and_to_nothing_left_behind(int major) throws IOException {
        try (Source source = new Source(major)) {
            source.backUp();
            source.workload.mark("first");
            String time = source.cluster.value(
                    "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'");
            source.workload.mark("second");
            ClusterContent all = ClusterContent.of(source.cluster);
            String sideBefore = treeHash(source.tablespace);
            source.cluster.archiveWal();

            try (PostgresCluster copy =
                    source.restore("by-time", RecoveryTarget.AtTime.parse(time, Edge.INCLUSIVE), CopyRole.PRIMARY)) {
                copy.start();
                copy.awaitPromotion();
                assertThat(marks(copy)).containsExactly(List.of("first"));
                assertThat(copy.value("SHOW archive_mode")).isEqualTo("off");
                assertThat(copy.value("SHOW work_mem")).isEqualTo("5MB");
                assertThat(copy.value("SHOW recovery_target_name")).isEmpty();
                assertThat(copy.value("SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname = 'side'"))
                        .endsWith("by-time täblespace");
                copy.sql("shop", "INSERT INTO in_side VALUES (0)");
                copy.sql("CHECKPOINT");
                SoundDatabases.require(copy);
                assertThat(copy.dataDirectory().resolve("recovery.signal")).doesNotExist();
            }
            try (PostgresCluster copy = source.restore("standby", new RecoveryTarget.EndOfWal(), CopyRole.STANDBY)) {
                copy.writeSetting("recovery_min_apply_delay", "0");
                copy.start();
                Await.until(
                        "all replayed",
                        Duration.ofSeconds(60),
                        () -> marks(copy).size() == 2);
                assertThat(copy.value("SELECT pg_is_in_recovery()")).isEqualTo("t");
                assertThat(ClusterContent.of(copy)).isEqualTo(all);
            }
            assertThat(source.scratch.resolve("must-not-exist")).doesNotExist();
            assertThat(treeHash(source.tablespace)).isEqualTo(sideBefore);
        }
    }

    private static String treeHash(Path directory) {
        return ToolRun.successOf(
                "sh", "-c", "cd \"$1\" && find . -type f | sort | xargs -d '\\n' md5sum", "sh", directory.toString());
    }
}
