package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.ToolRun;
import org.pgagent.postgres.DataPath;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ChangedBy;
import org.pgagent.repository.ManifestTrailer;

/** A page that goes bad in the third segment of a relation. */
final class BadPagesIT {
    private static final String NAME = "bad-pages";
    private static final int PAGE_BYTES = 8192;
    private static final long SEGMENT_PAGES = 131_072;
    /** Of the third segment, before rows are written behind them. */
    private static final int NEW_PAGES = 4;

    /** Case 24. */
    @Test
    void a_bad_page_is_reported_by_its_absolute_block_and_kept_as_it_is() throws IOException {
        Repository repository = Repository.shared();
        try (PostgresCluster cluster = repository
                .archiving(PostgresSetup.ofVersion(PostgresBinaries.newestMajor()), NAME)
                .start()) {
            DataPath relation = createLargeRelation(cluster);
            DataPath third = DataPath.of(relation + ".2");
            StoredBackup good = repository.backup(cluster, NAME);
            assertThat(good.trailer().badPages()).isEmpty();

            long block = 2 * SEGMENT_PAGES + NEW_PAGES;
            flipOneBit(third.under(cluster.dataDirectory()), NEW_PAGES);
            Outcome outcome = repository.onServer(cluster, NAME, "backup");

            assertThat(outcome.status()).as(outcome.output()).isEqualTo(4);
            assertThat(outcome.err())
                    .contains("bad page path=" + third + " block=" + block)
                    .contains("1 pages of the data directory failed")
                    .contains("hint: ");
            StoredBackup bad = repository.stored(NAME, Repository.idIn(outcome));
            assertThat(bad.record().state()).isEqualTo(BackupState.OK);
            assertThat(bad.record().totals().badPages()).isEqualTo(1);
            assertThat(bad.trailer().badPages()).containsExactly(new ManifestTrailer.BadPage(third, block));
            byte[] goodBytes = good.content(third);
            byte[] badBytes = bad.content(third);
            assertThat(badBytes).hasSameSizeAs(goodBytes);
            assertThat(Arrays.mismatch(badBytes, goodBytes)).isEqualTo(NEW_PAGES * PAGE_BYTES + 5000);
            requireNoDamage(repository.run("validate", "--cluster", NAME, "--deep"));
            assertThat(repository.run("show", "--cluster", NAME).out())
                    .containsPattern(good.id() + " .* OK")
                    .containsPattern(bad.id() + " .* OK");
            requireNextComparesContent(cluster, repository);
        }
    }

    /** Whoever mends the page may bring back one that is older than the parent. */
    private static void requireNextComparesContent(PostgresCluster cluster, Repository repository) throws IOException {
        cluster.sql("ALTER SYSTEM SET summarize_wal = on");
        cluster.reload();
        Outcome outcome = repository.onServer(cluster, NAME, "backup");
        BackupRecord next = repository.stored(NAME, Repository.idIn(outcome)).record();
        assertThat(next.parent().changedBy()).isEqualTo(ChangedBy.HASH);
        assertThat(next.parent().reasons())
                .hasSize(2)
                .allSatisfy(reason -> assertThat(reason).contains("the parent has bad pages"));
    }

    /** A page that was bad when it was read, and is said to be, is as it was stored; the others have their checksums. */
    private static void requireNoDamage(Outcome validation) {
        assertThat(validation.status()).as(validation.output()).isZero();
        assertThat(validation.out()).containsPattern("whole\n.*whole\n");
    }

    /**
     * A table with rows in the third segment only: the first two are holes, which are pages that were never used, as a
     * crash leaves them behind an extension.
     */
    private static DataPath createLargeRelation(PostgresCluster cluster) {
        cluster.sql("CREATE TABLE large (t text)");
        String path = cluster.value("SELECT pg_relation_filepath('large')");
        cluster.stop(PostgresCluster.Stop.FAST);
        Path first = cluster.dataDirectory().resolve(path);
        truncate(first, SEGMENT_PAGES);
        truncate(Path.of(first + ".1"), SEGMENT_PAGES);
        truncate(Path.of(first + ".2"), NEW_PAGES);
        ToolRun.successOf("chown", "--reference=" + cluster.dataDirectory(), first + ".1", first + ".2");
        cluster.start();
        cluster.sql("INSERT INTO large SELECT repeat(md5(i::text), 50) FROM generate_series(1, 5000) i");
        cluster.sql("CHECKPOINT");
        assertThat(cluster.value("SELECT pg_relation_size('large') / 8192 > " + (2 * SEGMENT_PAGES + 500)))
                .isEqualTo("t");
        return DataPath.of(path);
    }

    private static void truncate(Path file, long pages) {
        ToolRun.successOf("truncate", "-s", String.valueOf(pages * PAGE_BYTES), file.toString());
    }

    private static void flipOneBit(Path file, int page) throws IOException {
        long position = (long) page * PAGE_BYTES + 5000;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, position);
            channel.write(one.put(0, (byte) (one.get(0) ^ 0x10)).rewind(), position);
        }
    }
}
