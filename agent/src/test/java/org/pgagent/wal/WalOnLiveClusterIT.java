package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgagent.kit.Await;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ToolRun;
import org.pgagent.repository.WalObjectHeader;

/** Archiving and recovery by real servers, whose commands are the verbs, with a directory as repository. */
class WalOnLiveClusterIT {
    private static final String PUSH = "pgagent wal-push %p";
    private static final String FETCH = "pgagent wal-fetch %f %p";
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private ScratchDirectory scratch;
    private Path repository;
    private ResidentProgram program;

    @BeforeEach
    void createRepository() {
        scratch = ScratchDirectory.create();
        repository = scratch.createReadable("repository");
        program = ResidentProgram.start(Map.of("PGAGENT_BUCKET", "file://" + repository), "077");
    }

    @AfterEach
    void removeRepository() {
        program.close();
        scratch.close();
    }

    private PostgresSetup setup(int major, int walSegmentMiB) {
        return PostgresSetup.ofVersion(major)
                .withWalSegmentMiB(walSegmentMiB)
                .withOwnIdentity()
                .withArchiveCommand(PUSH)
                .withEnvironment("PATH", program.searchPath());
    }

    private Path object(String fileName) {
        return repository
                .resolve("main/wal")
                .resolve(fileName.substring(0, 8))
                .resolve(fileName.substring(8, 16))
                .resolve(fileName);
    }

    private Outcome push(PostgresCluster cluster, Path file) {
        return program.run("wal-push", "--pgdata", cluster.dataDirectory().toString(), file.toString());
    }

    private void adopt(PostgresCluster cluster) {
        Outcome adopt = program.run("adopt", "--pgdata", cluster.dataDirectory().toString());
        assertThat(adopt.status()).as(adopt.output()).isZero();
    }

    /** A copy of a cluster that was shut down for it, which will recover from the archive when it is started. */
    private PostgresCluster recoveringCopy(PostgresCluster source, String name) {
        source.stop(PostgresCluster.Stop.FAST);
        Path copy = scratch.resolve(name);
        ToolRun.successOf("cp", "-a", source.dataDirectory().toString(), copy.toString());
        source.start();
        PostgresCluster recovering = PostgresCluster.open(copy, Map.of("PATH", program.searchPath()));
        recovering.writeSetting("archive_mode", "off");
        recovering.writeSetting("restore_command", FETCH);
        recovering.createFile("recovery.signal");
        return recovering;
    }

    @Test
    void the_same_segment_again_is_success_and_another_one_is_refused() throws IOException {
        try (PostgresCluster cluster = setup(16, 1).start()) {
            String segment = cluster.archiveWal();
            byte[] stored = Files.readAllBytes(object(segment));
            Path file = Files.copy(
                    cluster.dataDirectory().resolve("pg_wal").resolve(segment),
                    scratch.createReadable("copies").resolve(segment));
            ToolRun.successOf("chmod", "644", file.toString());

            assertThat(push(cluster, file).status()).isZero();
            byte[] other = Files.readAllBytes(file);
            other[other.length - 1] ^= 1;
            Files.write(file, other);
            Outcome refused = push(cluster, file);

            assertThat(refused.status()).isEqualTo(41);
            assertThat(refused.output()).contains("has other bytes as").contains("hint: ");
            assertThat(Files.readAllBytes(object(segment))).isEqualTo(stored);
        }
    }

    @Test
    void the_segments_of_another_cluster_are_refused() throws IOException {
        try (PostgresCluster cluster = setup(16, 1).start();
                PostgresCluster foreign = setup(16, 1).start()) {
            String segment = cluster.archiveWal();
            byte[] stored = Files.readAllBytes(object(segment));
            foreign.switchWal();
            foreign.awaitTrue("SELECT failed_count > 0 FROM pg_stat_archiver");

            assertThat(foreign.logTail()).contains("keeps the cluster with system identifier");
            assertThat(foreign.value("SELECT archived_count FROM pg_stat_archiver"))
                    .isEqualTo("0");
            assertThat(Files.readAllBytes(object(segment))).isEqualTo(stored);
        }
    }

    @Test
    void a_segment_that_was_stored_but_not_acknowledged_is_stored_once() throws IOException {
        Path acknowledge = scratch.resolve("acknowledge");
        try (PostgresCluster cluster = setup(16, 1)
                .withArchiveCommand(PUSH + " && test -e '" + acknowledge + "'")
                .start()) {
            String segment = cluster.switchWal();
            Await.until("object is there", LIMIT, () -> Files.exists(object(segment)));
            byte[] stored = Files.readAllBytes(object(segment));
            cluster.kill();
            Files.createFile(acknowledge);
            cluster.start();
            cluster.awaitTrue(
                    "SELECT coalesce(max(last_archived_wal) >= '" + segment + "', false) FROM pg_stat_archiver");

            assertThat(Files.readAllBytes(object(segment))).isEqualTo(stored);
            assertThat(names(object(segment).getParent()))
                    .filteredOn(name -> name.startsWith(segment))
                    .containsExactly(segment);
        }
    }

    @ParameterizedTest
    @CsvSource({"13, 1", "18, 64"})
    void recovery_stops_at_doubt_and_goes_on_when_the_doubt_is_gone(int major, int walSegmentMiB) throws IOException {
        try (PostgresCluster cluster = setup(major, walSegmentMiB).start()) {
            cluster.sql("CREATE TABLE t (i int)");
            try (PostgresCluster copy = recoveringCopy(cluster, "copy")) {
                cluster.sql("INSERT INTO t SELECT generate_series(1, 100)");
                cluster.archiveWal();
                cluster.sql("INSERT INTO t SELECT generate_series(101, 200)");
                String unreadable = cluster.archiveWal();
                cluster.sql("INSERT INTO t SELECT generate_series(201, 300)");
                cluster.archiveWal();

                Files.setPosixFilePermissions(object(unreadable), PosixFilePermissions.fromString("---------"));
                requireStopped(copy, unreadable, "permission denied");
                Files.setPosixFilePermissions(object(unreadable), PosixFilePermissions.fromString("rw-r--r--"));

                byte[] good = Files.readAllBytes(object(unreadable));
                byte[] damaged = good.clone();
                damaged[damaged.length / 2] ^= 1;
                Files.write(object(unreadable), damaged);
                requireStopped(copy, unreadable, "is damaged");
                Files.write(object(unreadable), good);

                Path away = Files.move(repository, scratch.resolve("away"));
                requireStopped(copy, "", "there is no directory");
                Files.move(away, repository);

                copy.start();
                copy.awaitPromotion();
                assertThat(copy.value("SELECT count(*) FROM t")).isEqualTo("300");
                assertThat(leftovers(copy)).isEmpty();
            }
        }
    }

    /** The segment that a server was writing when its host was lost is taken as a copy, and its last commit comes back. */
    @Test
    void the_last_segment_of_a_server_that_never_runs_again_is_saved_as_a_copy() throws IOException {
        try (PostgresCluster cluster = setup(17, 1).start()) {
            cluster.sql("CREATE TABLE t (i int)");
            try (PostgresCluster copy = recoveringCopy(cluster, "copy")) {
                cluster.sql("INSERT INTO t SELECT generate_series(1, 100)");
                String last = cluster.value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())");
                cluster.kill();
                Path file = cluster.dataDirectory().resolve("pg_wal").resolve(last);
                assertThat(push(cluster, file).status()).isEqualTo(42);
                assertThat(object(last)).doesNotExist();

                Path tail = Files.copy(file, scratch.createReadable("tail").resolve(last));
                ToolRun.successOf("chmod", "644", tail.toString());
                Outcome pushed = push(cluster, tail);
                assertThat(pushed.status()).as(pushed.output()).isZero();

                copy.start();
                copy.awaitPromotion();
                assertThat(copy.value("SELECT count(*) FROM t")).isEqualTo("100");
            }
        }
    }

    private static void requireStopped(PostgresCluster copy, String segment, String reason) throws IOException {
        String log = copy.startUntilFailure();
        assertThat(log).contains("could not restore file \"" + segment).contains(reason);
        assertThat(copy.dataDirectory().resolve("recovery.signal")).exists();
        assertThat(copy.dataDirectory().resolve("pg_wal/00000002.history")).doesNotExist();
        assertThat(leftovers(copy)).isEmpty();
    }

    private static List<String> leftovers(PostgresCluster cluster) throws IOException {
        return names(cluster.dataDirectory().resolve("pg_wal")).stream()
                .filter(name -> name.endsWith(".pgagent-fetch"))
                .toList();
    }

    @Test
    void of_two_servers_that_take_the_same_timeline_the_second_is_refused() throws IOException {
        try (PostgresCluster cluster = setup(17, 1).start()) {
            cluster.sql("CREATE TABLE t AS SELECT 1 AS i");
            try (PostgresCluster second = recoveringCopy(cluster, "second");
                    PostgresCluster first = recoveringCopy(cluster, "first")) {
                second.writeSetting("archive_mode", "on");
                second.writeSetting("archive_command", "false");
                second.start();
                second.awaitPromotion();
                cluster.sql("INSERT INTO t SELECT generate_series(1, 100)");
                cluster.archiveWal();
                adopt(first);
                first.writeSetting("archive_mode", "on");
                first.start();
                first.awaitPromotion();
                first.archiveWal();
                Path history = repository.resolve("main/wal/00000002.history");
                assertThat(contentOf(history)).isEqualTo(Files.readAllBytes(historyOf(first)));

                long before = Files.size(second.log());
                second.setArchiveCommand(PUSH);
                Await.until("refused", LIMIT, () -> logSince(second, before).contains("another node has the right"));
                adopt(second);
                second.switchWal();
                Await.until("refused", LIMIT, () -> logSince(second, before).contains("split brain"));

                assertThat(contentOf(history)).isEqualTo(Files.readAllBytes(historyOf(first)));
                assertThat(historyOf(second)).exists();
                assertThat(second.value("SELECT archived_count FROM pg_stat_archiver"))
                        .isEqualTo("0");
            }
        }
    }

    @Test
    void a_promoted_standby_and_its_primary_archive_the_segment_at_which_they_parted_one_after_the_other() {
        try (PostgresCluster primary = setup(14, 1).start();
                PostgresCluster standby = PostgresCluster.standbyOf(primary)) {
            primary.sql("CREATE TABLE t AS SELECT generate_series(1, 100) i");
            String position = primary.value("SELECT pg_current_wal_lsn()");
            standby.awaitTrue("SELECT pg_last_wal_replay_lsn() >= '" + position + "'");
            standby.sql("SELECT pg_promote()");
            String segment = primary.archiveWal();
            adopt(standby);
            standby.restart(); // an archiver that was refused three times may wait for a minute
            standby.archiveWal();
            primary.switchWal();

            Await.until("partial segment", LIMIT, () -> Files.exists(object(segment + ".partial")));
            assertThat(object(segment)).exists();
            primary.awaitTrue("SELECT failed_count > 0 FROM pg_stat_archiver");
            assertThat(primary.logTail()).contains("another node has the right to archive");
        }
    }

    private static byte[] contentOf(Path object) throws IOException {
        byte[] bytes = Files.readAllBytes(object);
        return Arrays.copyOfRange(bytes, WalObjectHeader.BYTES, bytes.length);
    }

    private static Path historyOf(PostgresCluster cluster) {
        return cluster.dataDirectory().resolve("pg_wal/00000002.history");
    }

    private static String logSince(PostgresCluster cluster, long position) throws IOException {
        return new String(Files.readAllBytes(cluster.log()), StandardCharsets.UTF_8).substring((int) position);
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
