package org.pgagent.acceptance;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.pgagent.kit.Await;
import org.pgagent.kit.PostgresCluster;

/**
 * One session after another that commits one row of 60 KB and leaves; the numbers of those that the server has acknowledged
 * are kept. It goes on while the server is away, and never uses a number twice. Thread-safe.
 */
final class CommitLoad implements AutoCloseable {
    private static final long PAUSE_MILLIS = 30;
    private static final Duration COMMIT_MAX = Duration.ofMinutes(1);

    private final PostgresCluster cluster;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final Set<Integer> acknowledged = new TreeSet<>();
    private final ScheduledFuture<?> commits;
    private int next;

    private CommitLoad(PostgresCluster cluster) {
        this.cluster = cluster;
        this.commits = thread.scheduleWithFixedDelay(this::commit, 0, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Begins to write into the table {@code commits}, which is made. */
    static CommitLoad start(PostgresCluster cluster) {
        cluster.sql(
                "CREATE TABLE commits (id int, content text); ALTER TABLE commits ALTER content SET STORAGE EXTERNAL");
        return new CommitLoad(cluster);
    }

    private void commit() {
        int id = next++;
        try (Connection connection = cluster.connect("postgres");
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO commits VALUES (?, repeat(md5(random()::text), 1900))")) {
            insert.setInt(1, id);
            insert.executeUpdate();
            synchronized (this) {
                acknowledged.add(id);
            }
        } catch (SQLException e) {
            // the server has just been killed: whether this row is there is nobody's promise
        }
    }

    private synchronized Set<Integer> acknowledged() {
        return new TreeSet<>(acknowledged);
    }

    /** Returns after so many commits more, with the server running. */
    void awaitCommits(int count) {
        int wanted = acknowledged().size() + count;
        Await.until(count + " commits more", COMMIT_MAX, () -> acknowledged().size() >= wanted);
    }

    /** Commits no more, and returns the numbers of the rows that must be there for ever. */
    Set<Integer> end() {
        close();
        return acknowledged();
    }

    /** Commits no more. */
    @Override
    public void close() {
        commits.cancel(false);
        thread.shutdown();
        Await.until("the end of the last commit", COMMIT_MAX, thread::isTerminated);
    }
}
