package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgagent.error.ErrorKind;
import org.pgagent.kit.Await;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.ObjectContent;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.WriteCondition;

/** Case 39: servers with one system identifier that all want to archive under its name. */
final class FencingIT {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String REFUSED = "another node has the right to archive";

    private static final Repository REPOSITORY = Repository.shared();

    private static PostgresCluster primary(String name) {
        return REPOSITORY
                .archiving(
                        PostgresSetup.ofVersion(PostgresBinaries.newestMajor()).withWalSegmentMiB(1), name)
                .start();
    }

    /** Lets the time pass after which a silent owner may be followed, without waiting for it. */
    private static void letTermPass(ClusterKeys keys) throws IOException {
        ObjectContent content = REPOSITORY.store().getSmall(keys.lease(), 1 << 20);
        String past = new String(content.bytes(), StandardCharsets.UTF_8)
                .replaceAll("\"(renewed|expires)_at\" : \"[0-9]{4}", "\"$1_at\" : \"2001");
        REPOSITORY
                .store()
                .put(
                        keys.lease(),
                        ByteBuffer.wrap(past.getBytes(StandardCharsets.UTF_8)),
                        WriteCondition.ifUnchanged(content.etag()));
    }

    private static boolean isStored(ObjectKey key) throws IOException {
        return REPOSITORY.store().head(key).isPresent();
    }

    private static byte[] history(ClusterKeys keys) throws IOException {
        return new WalObjects(REPOSITORY.store(), keys).history(new Timeline(2)).orElseThrow();
    }

    private static Path historyOf(PostgresCluster cluster) {
        return cluster.dataDirectory().resolve("pg_wal/00000002.history");
    }

    /** Waits until a server's archiver has been refused, which it must be with that reason. */
    private static void requireRefused(PostgresCluster cluster, String reason) {
        Await.until("refused: " + reason, LIMIT, () -> {
            String log = Files.readString(cluster.log());
            return log.contains(REFUSED) && log.contains(reason);
        });
    }

    private static void requireRightCheck(PostgresCluster cluster, String name, int exitStatus, String line) {
        Outcome check = REPOSITORY.onServer(cluster, name, "check");
        assertThat(check.output()).containsPattern(line);
        assertThat(check.status()).as(check.output()).isEqualTo(exitStatus);
    }

    private static void awaitReplay(PostgresCluster primary, PostgresCluster standby) {
        String position = primary.value("SELECT pg_current_wal_lsn()");
        standby.awaitTrue("SELECT pg_last_wal_replay_lsn() >= '" + position + "'");
    }

    @Test
    void of_two_nodes_that_were_promoted_from_one_timeline_the_second_is_refused_and_the_first_unharmed()
            throws IOException {
        String name = "promoted";
        ClusterKeys keys = Repository.keys(name);
        try (PostgresCluster primary = primary(name);
                PostgresCluster one = PostgresCluster.standbyOf(primary);
                PostgresCluster two = PostgresCluster.standbyOf(primary)) {
            primary.sql("CREATE TABLE t AS SELECT generate_series(1, 100) i");
            primary.archiveWal();
            primary.sql("INSERT INTO t VALUES (101)");
            awaitReplay(primary, one);
            awaitReplay(primary, two);
            primary.kill();

            one.sql("SELECT pg_promote()");
            one.switchWal();
            requireRefused(one, "its lease runs until");
            letTermPass(keys);
            String segment = one.archiveWal();
            assertThat(isStored(keys.walFile(segment))).isTrue();
            assertThat(history(keys)).isEqualTo(Files.readAllBytes(historyOf(one)));

            two.sql("SELECT pg_promote()");
            two.switchWal();
            requireRefused(two, "its lease runs until");
            letTermPass(keys);
            two.switchWal();
            requireRefused(two, "nobody can tell which is meant to go on");
            assertThat(two.value("SELECT coalesce(last_archived_wal, '') LIKE '00000002%' FROM pg_stat_archiver"))
                    .isEqualTo("f");
            requireRightCheck(two, name, ErrorKind.FENCED.exitCode(), "bad +right to archive +" + REFUSED);
            requireRightCheck(one, name, 0, "good +right to archive +'" + name + "' is archived by .*epoch 2");

            assertThat(isStored(keys.walFile(one.archiveWal()))).isTrue();
            assertThat(history(keys)).isEqualTo(Files.readAllBytes(historyOf(one)));
        }
    }

    @Test
    void a_primary_that_comes_back_after_it_was_followed_is_refused() throws IOException {
        String name = "back";
        ClusterKeys keys = Repository.keys(name);
        try (PostgresCluster primary = primary(name);
                PostgresCluster standby = PostgresCluster.standbyOf(primary)) {
            primary.archiveWal();
            awaitReplay(primary, standby);
            primary.stop(PostgresCluster.Stop.FAST);
            letTermPass(keys);
            standby.sql("SELECT pg_promote()");
            assertThat(isStored(keys.walFile(standby.archiveWal()))).isTrue();

            primary.start();
            primary.switchWal();
            requireRefused(primary, "data directory " + standby.dataDirectory());
        }
    }

    @Test
    void a_standby_that_lacks_archived_wal_does_not_follow_by_itself() throws IOException {
        String name = "behind";
        ClusterKeys keys = Repository.keys(name);
        try (PostgresCluster primary = primary(name);
                PostgresCluster standby = PostgresCluster.standbyOf(primary)) {
            awaitReplay(primary, standby);
            standby.sql("SELECT pg_promote()");
            primary.sql("CREATE TABLE only_here AS SELECT generate_series(1, 100) i");
            primary.archiveWal();
            primary.archiveWal();
            primary.kill();
            letTermPass(keys);

            standby.switchWal();
            requireRefused(standby, "left it before, at ");
            REPOSITORY.adopt(standby.dataDirectory(), name);
            assertThat(isStored(keys.walFile(standby.archiveWal()))).isTrue();
        }
    }

    @Test
    void a_clone_with_archiving_is_refused_until_it_adopts_and_then_its_source_is() throws IOException {
        String name = "cloned";
        ClusterKeys keys = Repository.keys(name);
        try (PostgresCluster source = primary(name)) {
            REPOSITORY.backup(source, name);
            source.sql("CREATE TABLE t AS SELECT generate_series(1, 100) i");
            source.archiveWal();
            try (RestoredCluster restored = REPOSITORY.restore(name, "--adopt", "--target-immediate")) {
                assertThat(restored.outcome().out()).contains("pgagent adopt -D " + restored.dataDirectory());
                PostgresCluster clone = restored.recover();
                clone.switchWal();
                requireRefused(clone, "data directory " + source.dataDirectory());
                assertThat(REPOSITORY.store().head(keys.history(new Timeline(2))))
                        .isEqualTo(Optional.empty());
                assertThat(isStored(keys.walFile(source.archiveWal()))).isTrue();

                String told = REPOSITORY.adopt(clone.dataDirectory(), name).out();
                assertThat(told)
                        .contains("data directory " + source.dataDirectory())
                        .contains("data directory " + clone.dataDirectory())
                        .contains("timeline 2, epoch 2");
                assertThat(isStored(keys.walFile(clone.archiveWal()))).isTrue();
                assertThat(history(keys)).isEqualTo(Files.readAllBytes(historyOf(clone)));
                source.switchWal();
                requireRefused(source, "data directory " + clone.dataDirectory());
            }
        }
    }
}
