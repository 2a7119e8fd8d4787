package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.kit.ChecksumSwitch;
import org.pgagent.kit.IndexedTable;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.Workload;

/**
 * Any changes, with any backups, deletions of backups and compactions between them: each backup that is left is what the cluster was. The
 * system property {@code pgagent.rounds} says how many clusters, {@code pgagent.seed} repeats the first of them.
 */
final class RandomBackupsIT {
    private static final int ROUNDS = Integer.getInteger("pgagent.rounds", 5);
    private static final long SEED = Long.getLong("pgagent.seed", System.nanoTime());

    private static final Repository REPOSITORY = Repository.shared();

    private static final int STEPS = 12;
    private static final int DATABASE_OID_SINCE = 15;
    private static final int SUMMARIES_SINCE = 17;

    static IntStream rounds() {
        return IntStream.range(0, ROUNDS);
    }

    @ParameterizedTest
    @MethodSource("rounds")
    void whatever_happens_each_backup_is_what_the_cluster_was(int number) {
        long seed = SEED + number;
        try (Round round = new Round(number, seed)) {
            round.run();
        } catch (AssertionError e) {
            throw new AssertionError("-Dpgagent.rounds=1 -Dpgagent.seed=" + seed, e);
        }
    }

    @Test
    void the_seed_is_in_the_log() {
        System.out.println("pgagent.seed=" + SEED + " pgagent.rounds=" + ROUNDS);
        assertThat(ROUNDS).isPositive();
    }

    /** One cluster and its successors. */
    private static final class Round implements AutoCloseable {
        private final Random random;
        private final String name;
        private final List<Runnable> opened = new ArrayList<>();
        private final StringBuilder done = new StringBuilder();
        private PostgresCluster cluster;
        private Workload workload;
        private IndexedTable indexed;
        private BackupChain chain;

        /** Or the newest backup lies on a branch that was left: who wants its end has to say which, and is refused otherwise. */
        private boolean newestIsHere = true;

        Round(int number, long seed) {
            random = new Random(seed);
            name = "random" + number;
            List<Integer> majors = PostgresBinaries.majors();
            int major = majors.get(Math.floorMod(seed, majors.size()));
            PostgresSetup setup = PostgresSetup.ofVersion(major)
                    .withWalSegmentMiB(1)
                    .withSetting("autovacuum", random.nextBoolean() ? "on" : "off")
                    .withSetting("allow_in_place_tablespaces", "on");
            if (random.nextBoolean()) {
                setup = setup.withoutDataChecksums();
            }
            if (major >= SUMMARIES_SINCE && random.nextInt(4) > 0) {
                setup = setup.withSetting("summarize_wal", "on");
            }
            goOnWith(REPOSITORY.archiving(setup, name).start());
            chain = BackupChain.withCopies(cluster, name);
        }

        private void goOnWith(PostgresCluster next) {
            opened.add(next::close);
            cluster = next;
            workload = new Workload(next, random.nextDouble());
            indexed = new IndexedTable(next, Workload.DATABASE);
        }

        void run() {
            try {
                create();
                for (int step = 0; step < STEPS; step++) {
                    change();
                    if (random.nextBoolean()) {
                        change();
                    }
                    backUp();
                    if (chain.size() > 2 && random.nextInt(3) == 0) {
                        done.append(" delete");
                        chain.deleteOne(random);
                    }
                    if (random.nextInt(6) == 0) {
                        done.append(" purge");
                        chain.purge();
                    }
                    if (random.nextInt(5) == 0) {
                        done.append(" compact");
                        chain.compact();
                    }
                }
                while (chain.size() > 5) {
                    chain.deleteOne(random);
                }
                chain.compact();
                System.out.println(
                        "PostgreSQL " + cluster.major() + ", " + chain.size() + " backups left, steps:" + done);
                chain.requireRestorable();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("PostgreSQL " + cluster.major() + ", steps:" + done, e);
            }
        }

        private void create() {
            workload.create(1500);
            shop("CREATE TABLE halves AS SELECT i, repeat('x', 500) t FROM generate_series(1, 3000) i");
            shop("CREATE TABLE moved AS SELECT i, md5(i::text) t FROM generate_series(1, 3000) i");
            indexed.create(2000);
            indexed.buildMissing();
            cluster.sql("CREATE TABLESPACE spare LOCATION ''");
            for (String template : List.of("old", "new")) {
                cluster.sql("CREATE DATABASE " + template);
                cluster.sql(
                        template, "CREATE TABLE t AS SELECT i, '" + template + "' v FROM generate_series(1, 500) i");
            }
        }

        private void shop(String sql) {
            cluster.sql(Workload.DATABASE, sql);
        }

        private String one(String... choices) {
            return one(random, choices);
        }

        private static String one(Random by, String... choices) {
            return choices[by.nextInt(choices.length)];
        }

        private void change() {
            int choice = random.nextInt(18);
            done.append(' ').append(choice);
            switch (choice) {
                case 0, 1 -> workload.churn();
                case 2 -> workload.addOrders(random.nextInt(1000) + 1);
                case 3 -> shop("UPDATE orders SET note = 'x' WHERE id % 300 = " + random.nextInt(300));
                case 4 -> {
                    shop("DELETE FROM halves WHERE i > " + random.nextInt(3000));
                    shop("VACUUM halves");
                }
                case 5 ->
                    shop("INSERT INTO halves SELECT i, repeat('y', 500) FROM generate_series(1, " + random.nextInt(2000)
                            + ") i");
                case 6 -> shop("TRUNCATE " + one("documents", "halves"));
                case 7 -> shop(one("VACUUM FULL halves", "REINDEX TABLE orders", "CLUSTER orders USING orders_pkey"));
                case 8 -> shop("ALTER TABLE moved SET TABLESPACE " + one("spare", "pg_default"));
                case 9 -> shop("ALTER TABLE moved SET " + one("LOGGED", "UNLOGGED"));
                case 10 -> {
                    shop("INSERT INTO sessions SELECT i, 'x' FROM generate_series(101, 200) i ON CONFLICT DO NOTHING");
                    shop("UPDATE moved SET t = md5(t) WHERE i % 5 = " + random.nextInt(5));
                }
                case 11 -> createDatabaseAnew(random);
                case 12 -> cluster.restart();
                case 13 -> crashOrSwitchChecksums();
                case 14, 15 -> indexed.change(random.nextInt(1000));
                case 16 -> {
                    indexed.buildNextAnew();
                    indexed.vacuum();
                }
                default -> failOver();
            }
        }

        /** Files come and go, and get other names. */
        private void define(Random by) {
            switch (by.nextInt(9)) {
                case 0, 1, 2 -> indexed.buildNextAnew();
                case 3 -> indexed.change(by.nextInt(1000));
                case 4 -> shop("TRUNCATE " + one(by, "documents", "halves"));
                case 5 -> shop("VACUUM FULL " + one(by, "halves", "indexed"));
                case 6 -> shop("ALTER TABLE moved SET TABLESPACE " + one(by, "spare", "pg_default"));
                case 7 -> {
                    shop("DROP TABLE IF EXISTS passing");
                    shop("CREATE TABLE passing AS SELECT i, md5(i::text) t FROM generate_series(1, 2000) i");
                }
                default -> createDatabaseAnew(by);
            }
        }

        /** From a template that nobody changes: PostgreSQL's manual warns of others while a backup is taken. */
        private void createDatabaseAnew(Random by) {
            cluster.sql("DROP DATABASE IF EXISTS same");
            boolean withOid = cluster.major() >= DATABASE_OID_SINCE;
            cluster.sql("CREATE DATABASE same TEMPLATE " + one(by, "old", "new")
                    + (withOid ? " OID = 77777 STRATEGY " + one(by, "file_copy", "wal_log") : ""));
            if (by.nextBoolean()) {
                cluster.sql("same", "INSERT INTO t VALUES (501, 'newer')");
            }
        }

        private void crashOrSwitchChecksums() {
            if (random.nextBoolean()) {
                cluster.kill();
                cluster.start();
            } else if (cluster.value("SHOW data_checksums").equals("on")) {
                ChecksumSwitch.off(cluster);
            } else {
                ChecksumSwitch.on(cluster);
            }
        }

        /** To a server that was put back to its newest state, or to that of some backup. */
        private void failOver() {
            if (chain.size() == 0) {
                return;
            }
            cluster.archiveWal();
            cluster.stop(PostgresCluster.Stop.FAST);
            boolean asItWas = random.nextBoolean() && newestIsHere;
            newestIsHere = asItWas;
            List<String> target = asItWas
                    ? List.of("--adopt")
                    : List.of(
                            "--adopt",
                            "--target-immediate",
                            "--backup",
                            chain.record(random.nextInt(chain.size())).id().toString());
            RestoredCluster restored = REPOSITORY.restore(name, target.toArray(String[]::new));
            opened.add(restored::close);
            PostgresCluster successor = restored.recover();
            REPOSITORY.adopt(successor.dataDirectory(), name);
            goOnWith(successor);
            chain = chain.on(successor);
        }

        private void backUp() {
            newestIsHere = true;
            String[] arguments = switch (random.nextInt(8)) {
                case 0 -> new String[] {"--type", "full"};
                case 1 -> new String[] {"--changed-by", "hash", "--type", "auto"};
                default -> new String[0];
            };
            if (random.nextInt(3) == 0) {
                // How often it gets to change anything is not the seed's.
                Random by = new Random(random.nextLong());
                AtomicInteger times = new AtomicInteger();
                Runnable load = () -> {
                    workload.addOrders(50);
                    workload.churn();
                    define(by);
                    times.incrementAndGet();
                };
                done.append(" backup-under-load");
                chain.takeUnderLoad(load, arguments);
                done.append("(").append(times).append(")");
            } else {
                done.append(" backup");
                chain.take(arguments);
            }
        }

        @Override
        public void close() {
            chain.forgetCopies();
            for (int i = opened.size() - 1; i >= 0; i--) {
                opened.get(i).run();
            }
        }
    }
}
