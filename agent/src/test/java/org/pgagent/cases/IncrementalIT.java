package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.kit.ChecksumSwitch;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.Workload;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ChangedBy;
import org.pgagent.repository.PackId;

/** Chains of incremental backups: each is restored by itself, and is what the cluster was. */
final class IncrementalIT {
    private static final Repository REPOSITORY = Repository.shared();

    /** The first version in which CREATE DATABASE takes an oid. */
    private static final int DATABASE_OID_SINCE = 15;

    private static final int SUMMARIES_SINCE = 17;

    private static PostgresCluster start(PostgresSetup setup, String name) {
        return REPOSITORY
                .archiving(setup.withSetting("autovacuum", "off"), name)
                .start();
    }

    private static PostgresCluster startNewest(String name) {
        return start(PostgresSetup.ofVersion(PostgresBinaries.newestMajor()).withWalSegmentMiB(1), name);
    }

    /** Cases 27, 29 (with checksums), 30 (without; a restored cluster is asked for what a deletion leaves), 31, and of 28 what fits into one segment. */
    @ParameterizedTest
    @MethodSource("org.pgagent.cases.Variant#all")
    void each_of_a_chain_is_restored_by_itself(Variant variant) {
        String name = "chain" + variant.major();
        ChangedBy best = best(variant);
        try (PostgresCluster cluster = start(variant.setup(), name)) {
            BackupChain chain = new BackupChain(cluster, name);
            Workload workload = new Workload(cluster, 0.5);
            create(cluster, workload, 3000);
            chain.takeFull();

            vacuumAndTouch(cluster);
            chain.takeIncremental(best);
            requireLsnsRefusedWhereUnsafe(cluster, name, best);

            workload.churn();
            cutHalves(cluster);
            BackupRecord churned = chain.takeIncremental(best);
            assertThat(churned.totals().storedBytes())
                    .isLessThan(chain.record(0).totals().storedBytes());

            growHalves(cluster);
            createDatabaseAnew(cluster);
            chain.takeIncremental(ChangedBy.HASH, "--changed-by", "hash");

            cluster.sql(Workload.DATABASE, "UPDATE orders SET note = 'x' WHERE id % 500 = 0");
            chain.takeIncremental(best);

            cluster.writeSetting("wal_log_hints", "on");
            cluster.restart();
            workload.churn();
            chain.takeIncremental(ChangedBy.HASH);
            cluster.sql(Workload.DATABASE, "TRUNCATE documents; REINDEX TABLE orders");
            cluster.sql(Workload.DATABASE, "VACUUM FULL halves");
            chain.takeIncremental(ChangedBy.LSN, "--type", "incremental");

            chain.requireRestorable();
        }
    }

    /** The same cases in short, each version with checksums as it is without them above. */
    @ParameterizedTest
    @MethodSource("org.pgagent.cases.Variant#complements")
    void a_short_chain_with_checksums_the_other_way_is_restored(Variant variant) {
        String name = "short" + variant.major();
        ChangedBy best = best(variant);
        try (PostgresCluster cluster = start(variant.setup(), name)) {
            BackupChain chain = new BackupChain(cluster, name);
            create(cluster, new Workload(cluster, 0.5), 2000);
            chain.takeFull();

            vacuumAndTouch(cluster);
            chain.takeIncremental(best);
            requireLsnsRefusedWhereUnsafe(cluster, name, best);

            cluster.sql(Workload.DATABASE, "UPDATE orders SET note = 'x' WHERE id % 500 = 0");
            cluster.sql(Workload.DATABASE, "DELETE FROM orders WHERE id % 7 = 0");
            cutHalves(cluster);
            createDatabaseAnew(cluster);
            chain.takeIncremental(best);

            chain.requireRestorableFrom(1);
        }
    }

    private static ChangedBy best(Variant variant) {
        return variant.checksums() == Variant.Checksums.ON ? ChangedBy.LSN : ChangedBy.HASH;
    }

    /**
     * Without checksums, VACUUM marks pages as all-visible and leaves their LSN. Among them there is one with another LSN, as
     * otherwise what has changed and no LSN tells of is stored whole.
     */
    private static void vacuumAndTouch(PostgresCluster cluster) {
        cluster.sql(Workload.DATABASE, "VACUUM orders");
        cluster.sql(Workload.DATABASE, "UPDATE orders SET note = 'x' WHERE id = 1");
    }

    /** @param rows of orders */
    private static void create(PostgresCluster cluster, Workload workload, int rows) {
        workload.create(rows);
        cluster.sql(
                Workload.DATABASE,
                "CREATE TABLE halves AS SELECT i, repeat('x', 500) t FROM generate_series(1, 5000) i");
        if (cluster.major() >= DATABASE_OID_SINCE) {
            createTemplates(cluster);
            createWithSameOid(cluster, "old");
        }
    }

    /** VACUUM gives the end of the file back. */
    private static void cutHalves(PostgresCluster cluster) {
        cluster.sql(Workload.DATABASE, "DELETE FROM halves WHERE i > 2000");
        cluster.sql(Workload.DATABASE, "VACUUM halves");
    }

    private static void growHalves(PostgresCluster cluster) {
        cluster.sql(
                Workload.DATABASE, "INSERT INTO halves SELECT -i, repeat('y', 500) FROM generate_series(1, 3000) i");
    }

    /** Two databases whose files have the same names and sizes, and pages with LSNs from before every backup. */
    private static void createTemplates(PostgresCluster cluster) {
        cluster.sql("CREATE DATABASE old");
        cluster.sql("old", "CREATE TABLE t AS SELECT i, 'old' v FROM generate_series(1, 500) i");
        cluster.sql("CREATE DATABASE new TEMPLATE old");
        cluster.sql("new", "UPDATE t SET v = 'new'");
        cluster.sql("new", "VACUUM t");
        cluster.sql("CHECKPOINT");
    }

    private static void createWithSameOid(PostgresCluster cluster, String template) {
        cluster.sql("CREATE DATABASE same OID = 77777 TEMPLATE " + template + " STRATEGY file_copy");
    }

    /** Its files have the names of those before, other pages with LSNs that are as old, and one page with a later one. */
    private static void createDatabaseAnew(PostgresCluster cluster) {
        if (cluster.major() >= DATABASE_OID_SINCE) {
            cluster.sql("DROP DATABASE same");
            createWithSameOid(cluster, "new");
            cluster.sql("same", "INSERT INTO t VALUES (501, 'newer')");
        }
    }

    private static void requireLsnsRefusedWhereUnsafe(PostgresCluster cluster, String name, ChangedBy best) {
        if (best == ChangedBy.HASH) {
            Outcome refused = REPOSITORY.onServer(cluster, name, "backup", "--changed-by", "lsn");
            assertThat(refused.status()).as(refused.output()).isEqualTo(ErrorKind.INCOMPATIBLE.exitCode());
            assertThat(refused.err()).contains("neither data checksums nor wal_log_hints");
        }
    }

    static List<Integer> summarizing() {
        return PostgresBinaries.majors().stream()
                .filter(major -> major >= SUMMARIES_SINCE)
                .toList();
    }

    /** Case 34, and 27, 28 and 31 once more. */
    @ParameterizedTest
    @MethodSource("summarizing")
    void only_what_wal_summaries_list_is_read(int major) throws IOException {
        String name = "listed" + major;
        try (PostgresCluster cluster =
                start(PostgresSetup.ofVersion(major).withWalSegmentMiB(1).withSetting("summarize_wal", "on"), name)) {
            BackupChain chain = new BackupChain(cluster, name);
            Workload workload = new Workload(cluster, 0.5);
            create(cluster, workload, 3000);
            chain.takeFull();

            cluster.sql(Workload.DATABASE, "UPDATE orders SET note = 'x' WHERE id % 500 = 0");
            BackupRecord few = chain.takeIncremental(ChangedBy.SUMMARIES);
            assertThat(few.totals().readBytes()).isLessThan(few.totals().originalBytes() / 4);

            workload.churn();
            cutHalves(cluster);
            chain.takeIncremental(ChangedBy.SUMMARIES, "--changed-by", "summaries");

            growHalves(cluster);
            createDatabaseAnew(cluster);
            chain.takeIncremental(ChangedBy.SUMMARIES);

            cluster.restart();
            cluster.sql(Workload.DATABASE, "TRUNCATE documents; REINDEX TABLE orders");
            cluster.sql(Workload.DATABASE, "VACUUM FULL halves");
            workload.addOrders(500);
            chain.takeIncremental(ChangedBy.SUMMARIES);

            workload.churn();
            removeSummaries(cluster);
            BackupRecord without = chain.takeIncremental(ChangedBy.LSN);
            assertThat(without.parent().reasons().toString()).contains("summaries: there is no WAL summary of ");

            workload.churn();
            chain.takeIncremental(ChangedBy.SUMMARIES);
            chain.requireRestorable();
        }
    }

    /** As the server does with old ones, and as it is when it could not summarize some WAL before that was removed. */
    private static void removeSummaries(PostgresCluster cluster) throws IOException {
        cluster.sql("CHECKPOINT");
        // Before that, the summarizer would write anew what is removed here.
        cluster.awaitTrue("SELECT summarized_lsn >= (SELECT redo_lsn FROM pg_control_checkpoint())"
                + " FROM pg_get_wal_summarizer_state()");
        try (Stream<Path> files = Files.list(cluster.dataDirectory().resolve("pg_wal/summaries"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    /** Case 32; where WAL is summarized the restart between them is no obstacle by itself. */
    @ParameterizedTest
    @MethodSource("org.pgagent.kit.PostgresBinaries#majors")
    void checksums_are_switched_between_two_backups(int major) {
        String name = "switched" + major;
        PostgresSetup setup = PostgresSetup.ofVersion(major).withWalSegmentMiB(1);
        boolean summarizes = major >= SUMMARIES_SINCE;
        if (summarizes) {
            setup = setup.withSetting("summarize_wal", "on");
        }
        try (PostgresCluster cluster = start(setup, name)) {
            BackupChain chain = new BackupChain(cluster, name);
            Workload workload = new Workload(cluster, 0.5);
            workload.create(1000);
            chain.takeFull();

            ChecksumSwitch.off(cluster);
            workload.churn();
            BackupRecord without = chain.takeIncremental(ChangedBy.HASH);
            assertThat(without.parent().reasons().toString()).contains("data checksums were switched off");

            ChecksumSwitch.on(cluster);
            BackupRecord with = chain.takeIncremental(ChangedBy.HASH);
            assertThat(with.parent().reasons().toString()).contains("data checksums were switched on");
            if (summarizes) {
                assertThat(List.of(without, with))
                        .allSatisfy(
                                record -> assertThat(record.parent().reasons().toString())
                                        .contains("summaries: data checksums were switched since the parent"));
            }

            chain.requireRestorable();
        }
    }

    @Test
    void what_the_store_has_lost_is_stored_anew() throws IOException {
        String name = "lost";
        try (PostgresCluster cluster = startNewest(name)) {
            BackupChain chain = new BackupChain(cluster, name);
            new Workload(cluster, 0.5).create(1000);
            BackupRecord full = chain.take();
            BackupRecord.Pack largest = full.packs().stream()
                    .max(Comparator.comparing(BackupRecord.Pack::size))
                    .orElseThrow();
            REPOSITORY.store().delete(List.of(Repository.keys(name).pack(new PackId(full.id(), largest.number()))));

            BackupRecord next = chain.takeIncremental(ChangedBy.LSN);

            chain.requireAs(next, 1);
        }
    }

    @Test
    void a_damaged_parent_is_passed_over() throws IOException {
        String name = "damaged";
        try (PostgresCluster cluster = startNewest(name)) {
            BackupChain chain = new BackupChain(cluster, name);
            new Workload(cluster, 0.5).create(1000);
            chain.takeFull();
            BackupRecord damaged = chain.takeIncremental(ChangedBy.LSN);
            REPOSITORY.store().delete(List.of(Repository.keys(name).manifest(damaged.id())));

            Outcome outcome = REPOSITORY.onServer(cluster, name, "backup");

            assertThat(outcome.status()).as(outcome.output()).isZero();
            assertThat(outcome.err())
                    .contains("newer backups cannot be the parent")
                    .contains(damaged.id().toString());
            BackupRecord next =
                    REPOSITORY.stored(name, Repository.idIn(outcome)).record();
            assertThat(next.parent().id()).isEqualTo(chain.record(0).id());
            chain.requireAs(next, 1);
        }
    }

    @Test
    void without_a_parent_it_is_full_and_says_so_or_is_refused() {
        String name = "first";
        try (PostgresCluster cluster = startNewest(name)) {
            Outcome refused = REPOSITORY.onServer(cluster, name, "backup", "--type", "incremental");
            assertThat(refused.status()).as(refused.output()).isEqualTo(ErrorKind.INCOMPATIBLE.exitCode());
            assertThat(refused.err()).contains("there is no backup yet");

            Outcome full =
                    REPOSITORY.onServer(cluster, name, "backup", "--type", "incremental", "--full-backup-on-error");
            assertThat(full.status()).as(full.output()).isZero();
            assertThat(full.err()).contains("the backup is full reason=\"there is no backup yet\"");
            BackupId parent = Repository.idIn(full);

            Outcome unsafe = REPOSITORY.onServer(cluster, name, "backup", "--changed-by", "summaries");
            assertThat(unsafe.status()).as(unsafe.output()).isEqualTo(ErrorKind.INCOMPATIBLE.exitCode());
            assertThat(unsafe.err()).contains("cannot be told by summaries: summarize_wal is off");

            Outcome plan = REPOSITORY.onServer(cluster, name, "backup", "--dry-run");
            assertThat(plan.out()).contains("Would take an incremental backup with the parent " + parent);

            Outcome incremental = REPOSITORY.onServer(cluster, name, "backup");
            assertThat(incremental.err())
                    .contains("compares with the parent parent=" + parent
                            + " changed_by=lsn reasons=[summaries: summarize_wal is off]");
            BackupId id = Repository.idIn(incremental);
            Outcome show = REPOSITORY.run("show", "--cluster", name, id.toString());
            assertThat(show.out())
                    .containsPattern("Parent +" + parent)
                    .containsPattern("Changed by +lsn")
                    .containsPattern("Not by +summaries: summarize_wal is off");
            assertThat(REPOSITORY.run("show", "--cluster", name).out()).contains(id + "  INCR ");
        }
    }
}
