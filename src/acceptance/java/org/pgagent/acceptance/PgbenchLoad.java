package org.pgagent.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.pgagent.kit.Await;
import org.pgagent.kit.InstalledPostgres;
import org.pgagent.kit.PostgresCluster;

/**
 * The bank of {@code pgbench}, at a rate that leaves the machine room for others. A run of it ends with the server that it
 * talks to, and another one begins when there is a server again. For one thread.
 */
final class PgbenchLoad implements AutoCloseable {
    private static final long PAUSE_MILLIS = 200;
    private static final Duration END_MAX = Duration.ofMinutes(1);

    /** Two clients, 50 transactions a second, as long as they are let; nothing is vacuumed first. */
    private static final List<String> RATE = List.of("-n", "-c", "2", "-R", "50", "-T", "1000000");

    private static final String TRANSACTIONS = "SELECT count(*) FROM pgbench_history";

    /** A transaction adds one number to a row of three tables, and writes it into the fourth. */
    private static final String SUMS = """
            SELECT (SELECT sum(abalance) FROM pgbench_accounts), (SELECT sum(tbalance) FROM pgbench_tellers),
                   (SELECT sum(bbalance) FROM pgbench_branches), (SELECT sum(delta) FROM pgbench_history)
            """;

    private final PostgresCluster cluster;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final ScheduledFuture<?> runs;
    private boolean closed;
    private Process run;

    private PgbenchLoad(PostgresCluster cluster) {
        this.cluster = cluster;
        this.run = run();
        this.runs = thread.scheduleWithFixedDelay(this::play, 0, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Makes pgbench's tables, and begins. */
    static PgbenchLoad start(PostgresCluster cluster) {
        InstalledPostgres.successOf("pgbench", arguments(cluster, List.of("-i", "-q", "-s", "1")));
        return new PgbenchLoad(cluster);
    }

    private static String[] arguments(PostgresCluster cluster, List<String> options) {
        Stream<String> server = Stream.of(
                "-h", cluster.socketDirectory().toString(), "-p", Integer.toString(cluster.port()), "-U", "postgres");
        return Stream.of(server, options.stream(), Stream.of("postgres"))
                .flatMap(words -> words)
                .toArray(String[]::new);
    }

    private Process run() {
        try {
            return new ProcessBuilder(InstalledPostgres.command("pgbench", arguments(cluster, RATE)))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD) // what a killed server has it say
                    .directory(Path.of("/").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for the end of a run, which comes with the end of its server, and begins the next one. */
    private void play() {
        try {
            current().waitFor();
            beginNext();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized Process current() {
        return run;
    }

    private synchronized void beginNext() {
        if (!closed) {
            run = run();
        }
    }

    /** Returns how many transactions the server has, once it is there and no run goes on. */
    int end() {
        close();
        return transactionsIn(cluster);
    }

    /** The transactions that a server has of this load, all whole: fails if there are none, or the sums are not equal. */
    static int transactionsIn(PostgresCluster cluster) {
        List<String> sums = cluster.sql(SUMS).get(0);
        assertThat(sums).doesNotContainNull().containsOnly(sums.get(0));
        return Integer.parseInt(cluster.value(TRANSACTIONS));
    }

    /** Plays no more. */
    @Override
    public void close() {
        runs.cancel(false);
        synchronized (this) {
            closed = true;
            run.destroy();
        }
        thread.shutdown();
        Await.until("the end of pgbench", END_MAX, thread::isTerminated);
        cluster.awaitTrue("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'pgbench')");
    }
}
