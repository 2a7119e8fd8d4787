package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.pgagent.error.ErrorKind;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.Workload;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ChangedBy;
import org.pgagent.repository.PackId;
import org.pgagent.storage.ObjectKey;

/** Parents, and WAL since them, of which something is missing. */
final class BadParentIT {
    private static final Repository REPOSITORY = Repository.shared();

    /** Of what changes between two backups although nobody does anything. */
    private static final long SMALL_FILES_BYTES = 100_000;

    private static PostgresCluster start(String name) {
        return REPOSITORY
                .archiving(
                        PostgresSetup.ofVersion(PostgresBinaries.newestMajor())
                                .withWalSegmentMiB(1)
                                .withSetting("autovacuum", "off"),
                        name)
                .start();
    }

    @Test
    void without_wal_since_the_parent_content_is_compared() throws IOException {
        String name = "walless";
        try (PostgresCluster cluster = start(name)) {
            BackupChain chain = new BackupChain(cluster, name);
            Workload workload = new Workload(cluster, 0.5);
            workload.create(1000);
            chain.takeFull();
            workload.churn();
            String lost = cluster.archiveWal();
            workload.churn();
            cluster.archiveWal();
            REPOSITORY.store().delete(List.of(Repository.keys(name).walFile(lost)));

            BackupRecord next = chain.takeIncremental(ChangedBy.HASH);

            assertThat(next.parent().reasons().toString()).contains("the archive has no WAL segment " + lost);
            chain.requireRestorableFrom(1);
        }
    }

    /** Then what is written into a new table is in no WAL. */
    @Test
    void after_wal_level_minimal_content_is_compared() {
        String name = "minimal";
        try (PostgresCluster cluster = start(name)) {
            BackupChain chain = new BackupChain(cluster, name);
            Workload workload = new Workload(cluster, 0.5);
            workload.create(1000);
            chain.takeFull();
            cluster.writeSetting("wal_level", "minimal");
            cluster.writeSetting("archive_mode", "off");
            cluster.writeSetting("max_wal_senders", "0");
            cluster.restart();
            cluster.sql(
                    Workload.DATABASE,
                    "CREATE TABLE unlike AS SELECT i, md5(i::text) FROM generate_series(1, 3000) i;"
                            + " CREATE INDEX unlike_i ON unlike (i)");
            workload.churn();
            cluster.writeSetting("wal_level", "replica");
            cluster.writeSetting("archive_mode", "on");
            cluster.restart();
            workload.churn();

            chain.takeIncremental(ChangedBy.HASH);

            chain.requireRestorableFrom(1);
        }
    }

    @Test
    void what_validate_found_missing_is_stored_anew_and_nothing_else() throws IOException {
        String name = "lostandfound";
        try (PostgresCluster cluster = start(name)) {
            BackupChain chain = new BackupChain(cluster, name);
            Workload workload = new Workload(cluster, 0.5);
            workload.create(1000);
            BackupRecord full = chain.take();
            workload.churn();
            BackupRecord before = chain.takeIncremental(ChangedBy.LSN);
            BackupRecord.Pack largest = full.packs().stream()
                    .max(Comparator.comparing(BackupRecord.Pack::size))
                    .orElseThrow();
            List<PackId> some = List.of(largest.of(full.id()));
            Set<PackId> all = before.neededPacks();
            assertThat(all).hasSizeGreaterThan(1).containsAll(some);

            loseAndFind(name, some);
            assertThat(REPOSITORY.onServer(cluster, name, "backup", "--dry-run").output())
                    .contains("WARN")
                    .contains("the parent lacks packs, and what was in them is stored anew parent=" + before.id())
                    .contains("what its missing packs had is stored anew");
            BackupRecord next = chain.takeIncremental(ChangedBy.LSN);

            assertThat(next.neededPacks()).doesNotContainAnyElementsOf(some).containsAll(but(some, all));
            assertThat(next.totals().storedBytes()).isLessThan(largest.size() + SMALL_FILES_BYTES);
            chain.requireRestorableFrom(2);

            loseAndFind(name, but(some, all));
            BackupRecord last = chain.takeIncremental(ChangedBy.LSN);

            assertThat(last.neededPacks()).doesNotContainAnyElementsOf(all);
            chain.requireRestorableFrom(3);
        }
    }

    private static List<PackId> but(List<PackId> some, Set<PackId> all) {
        return all.stream().filter(pack -> !some.contains(pack)).toList();
    }

    /** Although every backup has just been found whole, by itself. */
    private static void loseAndFind(String name, List<PackId> packs) throws IOException {
        List<ObjectKey> objects =
                packs.stream().map(Repository.keys(name)::pack).toList();
        REPOSITORY.store().delete(objects);
        Outcome validate = REPOSITORY.run("validate", "--cluster", name);
        assertThat(validate.status()).isEqualTo(ErrorKind.CORRUPTED.exitCode());
        assertThat(validate.output())
                .contains(objects.stream().map(ObjectKey::value).toList());
    }
}
