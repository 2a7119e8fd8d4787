package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.postgres.DataPath;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ChangedBy;
import org.pgagent.repository.ManifestEntry;

/** Case 28 of the cases: a table of three files is cut to one, and grows again. */
final class SegmentsIT {
    private static final Repository REPOSITORY = Repository.shared();

    /** Two segments of 1 GiB, and some of the third. */
    private static final int PAGES = 265_000;

    private static final int SUMMARIES_SINCE = 17;

    /** Every way on the newest version, and on the others the best one that they have. */
    static Stream<Arguments> ways() {
        return Stream.concat(
                Stream.of(ChangedBy.values()).map(way -> arguments(PostgresBinaries.newestMajor(), way)),
                PostgresBinaries.majors().stream()
                        .filter(major -> major != PostgresBinaries.newestMajor())
                        .map(major -> arguments(major, major < SUMMARIES_SINCE ? ChangedBy.LSN : ChangedBy.SUMMARIES)));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void a_table_is_cut_and_grows_over_the_ends_of_segments(int major, ChangedBy way) {
        String name = "segments" + major + "-" + way;
        PostgresSetup setup = PostgresSetup.ofVersion(major).withSetting("autovacuum", "off");
        if (way == ChangedBy.SUMMARIES) {
            setup = setup.withSetting("summarize_wal", "on");
        }
        try (PostgresCluster cluster = REPOSITORY.archiving(setup, name).start()) {
            BackupChain chain = new BackupChain(cluster, name);
            cluster.sql("CREATE TABLE wide (i int, t text) WITH (fillfactor = 10)");
            insert(cluster);
            requireSizes(cluster, true);
            chain.takeFull();

            cluster.sql("DELETE FROM wide WHERE i > 1000");
            cluster.sql("VACUUM wide");
            requireSizes(cluster, false);
            BackupRecord cut = chain.takeIncremental(way, "--changed-by", way.toString());
            requireEmpty(REPOSITORY.stored(name, cut.id()), cluster.value("SELECT pg_relation_filepath('wide')"));

            insert(cluster);
            requireSizes(cluster, true);
            chain.takeIncremental(way, "--changed-by", way.toString());

            chain.requireRestorableFrom(1);
        }
    }

    /** A row for each page: little WAL and many pages. */
    private static void insert(PostgresCluster cluster) {
        cluster.sql("INSERT INTO wide SELECT i, repeat('x', 400) FROM generate_series(1, " + PAGES + ") i");
    }

    private static void requireEmpty(StoredBackup backup, String first) {
        assertThat(List.of(".1", ".2"))
                .map(segment -> backup.entries().get(DataPath.of(first + segment)))
                .allSatisfy(entry -> assertThat(entry)
                        .isInstanceOfSatisfying(
                                ManifestEntry.RegularFile.class,
                                file -> assertThat(file.size()).isZero()));
    }

    /** @param isLong whether the third segment has pages; else the second and third are empty files */
    private static void requireSizes(PostgresCluster cluster, boolean isLong) {
        cluster.sql("CHECKPOINT");
        Path first = cluster.dataDirectory().resolve(cluster.value("SELECT pg_relation_filepath('wide')"));
        Path second = first.resolveSibling(first.getFileName() + ".1");
        Path third = first.resolveSibling(first.getFileName() + ".2");
        assertThat(second).exists();
        assertThat(third).exists();
        assertThat(second.toFile().length()).isEqualTo(isLong ? 1L << 30 : 0);
        assertThat(third.toFile().length() > 0).isEqualTo(isLong);
    }
}
