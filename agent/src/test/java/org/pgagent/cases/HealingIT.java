package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.chunk.Compression;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.ClusterDescription;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.ObjectStore;
import org.pgagent.wal.ArchiveHealing;
import org.pgagent.wal.HealResult;
import org.pgagent.wal.WalArchiver;

/** WAL that somebody deletes from the bucket: brought back as long as the server has it, and a gap afterwards. */
final class HealingIT {
    private static final Repository REPOSITORY = Repository.shared();

    private static Stream<Integer> majors() {
        return Stream.of(13, 18).filter(PostgresBinaries.majors()::contains);
    }

    private static ArchiveHealing healing(PostgresCluster cluster, ClusterKeys keys) throws IOException {
        ObjectStore store = REPOSITORY.store();
        ClusterDescription description =
                new ClusterDescriptions(store, keys).find().orElseThrow();
        WalArchiver archiver = new WalArchiver(new WalObjects(store, keys), description, Compression.DEFAULT);
        return new ArchiveHealing(
                cluster.dataDirectory(),
                store,
                keys,
                new ArchiveHealing.Means(description, archiver::push, Clock.systemUTC(), "host"));
    }

    private static List<String> archiveSegments(PostgresCluster cluster, int count) {
        List<String> segments = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            cluster.sql("INSERT INTO t SELECT generate_series(1, 100)");
            segments.add(cluster.archiveWal());
        }
        return segments;
    }

    private static void lose(ClusterKeys keys, String... segments) throws IOException {
        REPOSITORY.store().delete(Stream.of(segments).map(keys::walFile).toList());
    }

    private static SegmentRange range(String first, String last) {
        WalSegmentSize size = new WalSegmentSize(1 << 20);
        return new SegmentRange(WalSegment.parse(first, size), WalSegment.parse(last, size));
    }

    @ParameterizedTest
    @MethodSource("majors")
    void lost_wal_is_stored_again_while_the_server_has_it_and_a_gap_until_the_next_backup_afterwards(int major)
            throws IOException {
        String name = "healing-" + major;
        ClusterKeys keys = Repository.keys(name);
        PostgresSetup setup = REPOSITORY.archiving(
                PostgresSetup.ofVersion(major).withWalSegmentMiB(1).withSetting("wal_keep_size", "64MB"), name);
        try (PostgresCluster cluster = setup.start()) {
            cluster.sql("CREATE TABLE t (i int)");
            StoredBackup first = REPOSITORY.backup(cluster, name);
            List<String> segments = archiveSegments(cluster, 8);
            cluster.sql("CHECKPOINT");
            ArchiveHealing healing = healing(cluster, keys);
            requireWhole(healing.heal());

            lose(keys, segments.get(2), segments.get(3));
            HealResult healed = healing.heal();
            assertThat(healed.healed()).containsExactly(segments.get(2), segments.get(3));
            requireWhole(healing.heal());

            cluster.writeSetting("wal_keep_size", "0");
            cluster.reload();
            cluster.sql("CHECKPOINT");
            assertThat(Files.exists(cluster.dataDirectory().resolve("pg_wal").resolve(segments.get(5))))
                    .as("the server has removed it")
                    .isFalse();
            segments.addAll(archiveSegments(cluster, 2));
            lose(keys, segments.get(4), segments.get(5));
            requireWhole(
                    healing.heal()); // it has seen them there, and looks again after a day or when it is started anew
            HealResult found = healing(cluster, keys).heal();
            assertThat(found.healed()).isEmpty();
            assertThat(found.found()).containsExactly(range(segments.get(4), segments.get(5)));
            assertThat(found.open()).contains(found.found());

            Outcome shown = REPOSITORY.run("show", "--wal", "--cluster", name);
            assertThat(shown.output())
                    .contains(segments.get(4) + "  " + segments.get(5))
                    .containsPattern(first.id() + ".* gap")
                    .contains("Take a backup now");

            Outcome second = REPOSITORY.onServer(cluster, name, "backup");
            assertThat(second.status()).as(second.output()).isZero();
            assertThat(second.output())
                    .contains("WAL is missing in the archive after the newest backup")
                    .contains(segments.get(4));
            cluster.sql("INSERT INTO t SELECT generate_series(1, 42)");
            String rows = cluster.value("SELECT count(*) FROM t");
            cluster.archiveWal();
            requireWhole(healing.heal());
            Outcome again = REPOSITORY.run("show", "--wal", "--cluster", name);
            assertThat(again.output())
                    .containsPattern(Repository.idIn(second) + ".* end")
                    .doesNotContain("Take a backup now");

            try (RestoredCluster restored = REPOSITORY.restore(name)) {
                assertThat(restored.recover().value("SELECT count(*) FROM t")).isEqualTo(rows);
            }
        }
    }

    private static void requireWhole(HealResult result) {
        assertThat(result.healed()).isEmpty();
        assertThat(result.refused()).isEmpty();
        assertThat(result.found()).isEmpty();
        assertThat(result.open()).contains(List.of());
    }
}
