package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.SoundDatabases;
import org.pgagent.kit.Sql;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.DataPath;

/**
 * Backups of a cluster that never rests: money moves between accounts, tables come and go, grow and are emptied, and
 * checkpoints write the control file all the time.
 */
final class BusySourceIT {
    private static final String NAME = "busy";
    private static final int BACKUPS = 4;
    private static final int ACCOUNTS = 2000;
    private static final long SEED = 20261122;

    /** What goes on beside the backups, each on a connection of its own, until told to end. */
    private static final class Bustle implements AutoCloseable {
        private final ExecutorService threads = Executors.newCachedThreadPool();
        private final AtomicBoolean end = new AtomicBoolean();
        private final List<Future<Void>> running = new ArrayList<>();
        private final AtomicLong rounds = new AtomicLong();
        private final PostgresCluster cluster;

        @FunctionalInterface
        interface Round {
            void run(Connection connection, Random random) throws SQLException;
        }

        Bustle(PostgresCluster cluster) {
            this.cluster = cluster;
        }

        void begin(Round round) {
            long seed = SEED + running.size();
            running.add(threads.submit(() -> {
                Random random = new Random(seed);
                try (Connection connection = cluster.connect("postgres")) {
                    while (!end.get()) {
                        round.run(connection, random);
                        rounds.incrementAndGet();
                        // Archiving, a process for each segment, has to keep up.
                        Sql.run(connection, "SELECT pg_sleep(0.01)");
                    }
                }
                return null;
            }));
        }

        long rounds() {
            return rounds.get();
        }

        /** Fails if any of it has failed. */
        @Override
        public void close() {
            end.set(true);
            for (Future<Void> one : running) {
                try {
                    one.get();
                } catch (ExecutionException e) {
                    throw new AssertionError("the bustle failed, seed " + SEED, e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new AssertionError(e);
                }
            }
            threads.shutdown();
        }
    }

    private static void transfer(Connection connection, Random random) throws SQLException {
        int amount = random.nextInt(100);
        int from = random.nextInt(ACCOUNTS);
        int to = random.nextInt(ACCOUNTS);
        Sql.run(
                connection,
                "BEGIN; UPDATE accounts SET balance = balance - " + amount + " WHERE id = " + from
                        + "; UPDATE accounts SET balance = balance + " + amount + " WHERE id = " + to
                        + "; INSERT INTO ledger (source, target, amount) VALUES (" + from + ", " + to + ", " + amount
                        + "); COMMIT");
    }

    /** Files appear, grow, shrink and vanish. */
    private static void comeAndGo(Connection connection, Random random) throws SQLException {
        String table = "passing_" + random.nextInt(8);
        int rows = random.nextInt(5_000);
        switch (random.nextInt(4)) {
            case 0 -> Sql.run(connection, "DROP TABLE IF EXISTS " + table);
            case 1 ->
                Sql.run(
                        connection,
                        "CREATE TABLE IF NOT EXISTS " + table + " (i int PRIMARY KEY, t text);"
                                + "INSERT INTO " + table + " SELECT i, md5(i::text) FROM generate_series(1, " + rows
                                + ") i ON CONFLICT DO NOTHING");
            case 2 ->
                Sql.run(
                        connection,
                        "CREATE TABLE IF NOT EXISTS " + table + " (i int PRIMARY KEY, t text);" + "TRUNCATE " + table);
            default -> {
                Sql.run(
                        connection,
                        "CREATE TABLE IF NOT EXISTS " + table + " (i int PRIMARY KEY, t text);" + "DELETE FROM " + table
                                + " WHERE i > 100");
                Sql.run(connection, "VACUUM " + table);
            }
        }
    }

    private static void createAccounts(PostgresCluster cluster) {
        cluster.sql("""
                CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL) WITH (fillfactor = 70);
                INSERT INTO accounts SELECT i, 1000 FROM generate_series(0, 1999) i;
                CREATE TABLE ledger (
                    id bigserial PRIMARY KEY, source int NOT NULL, target int NOT NULL, amount bigint NOT NULL)
                """);
    }

    /** No money is lost or made, and every balance is what the ledger says. */
    private static void requireConsistent(PostgresCluster cluster) {
        assertThat(cluster.value("SELECT sum(balance) FROM accounts")).isEqualTo(String.valueOf(ACCOUNTS * 1000L));
        assertThat(cluster.sql("""
                SELECT id FROM accounts LEFT JOIN (
                    SELECT id, sum(change) AS change
                    FROM (SELECT source AS id, -amount AS change FROM ledger
                          UNION ALL SELECT target, amount FROM ledger) moves
                    GROUP BY id) total USING (id)
                WHERE balance <> 1000 + coalesce(change, 0)
                """)).isEmpty();
        SoundDatabases.require(cluster);
    }

    /** Cases 23, 25 and 26. */
    @Test
    void every_backup_of_a_busy_cluster_is_consistent_without_false_alarms() throws IOException {
        Repository repository = Repository.shared();
        try (PostgresCluster cluster = repository
                .archiving(PostgresSetup.ofVersion(17).withSetting("max_wal_size", "64MB"), NAME)
                .start()) {
            createAccounts(cluster);
            List<StoredBackup> backups = new ArrayList<>();
            try (Bustle bustle = new Bustle(cluster)) {
                bustle.begin(BusySourceIT::transfer);
                bustle.begin(BusySourceIT::comeAndGo);
                bustle.begin((connection, random) -> Sql.run(connection, "CHECKPOINT"));
                for (int i = 0; i < BACKUPS; i++) {
                    long before = bustle.rounds();
                    backups.add(repository.backup(cluster, NAME));
                    assertThat(bustle.rounds())
                            .as("something happened meanwhile")
                            .isGreaterThan(before);
                }
            }
            cluster.archiveWal();
            for (StoredBackup backup : backups) {
                assertThat(backup.trailer().badPages()).as("seed " + SEED).isEmpty();
                backup.requireComplete();
                ControlFile control = ControlFile.parse(backup.content(DataPath.of("global/pg_control")));
                assertThat(control.checkpoint().location())
                        .isGreaterThanOrEqualTo(backup.record().start().lsn());
                try (RestoredCluster restored =
                        repository.restore(NAME, "--backup", backup.id().value(), "--target-immediate")) {
                    requireConsistent(restored.recover());
                }
            }
        }
    }
}
