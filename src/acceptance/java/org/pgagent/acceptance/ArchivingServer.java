package org.pgagent.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.pgagent.kit.Await;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ToolRun;

/**
 * A server that archives through the distribution, and keeps all its WAL, so that what is in the bucket can be compared with
 * it. Closing it waits for the end of its agent.
 */
final class ArchivingServer implements AutoCloseable {
    private static final Duration ARCHIVED_MAX = Duration.ofMinutes(4);
    private static final Duration AGENT_END_MAX = Duration.ofMinutes(1);
    private static final int SEGMENT_NAME_LENGTH = 24;
    private static final String WAL_KEPT = "wal_keep_size";
    private static final String EVERYTHING = "100GB";

    private static final String WRITE_WAL_UP_TO = """
            DO $$ BEGIN
                WHILE pg_current_wal_insert_lsn() < '@LSN@' LOOP
                    PERFORM pg_logical_emit_message(false, 'kit', 'so that there is something to switch from');
                    PERFORM pg_switch_wal();
                END LOOP;
            END $$
            """;

    private final Distribution distribution;
    private final Map<String, String> environment;
    private final PostgresCluster cluster;

    private ArchivingServer(Distribution distribution, Map<String, String> environment, PostgresCluster cluster) {
        this.distribution = distribution;
        this.environment = environment;
        this.cluster = cluster;
    }

    /** A server of the newest version, with WAL segments of 1 MiB. */
    static ArchivingServer start(Distribution distribution, Map<String, String> environment) {
        return start(distribution, environment, distribution.command("wal-push %p"));
    }

    /** A server whose archive_command is something else, such as one that always fails. */
    static ArchivingServer start(Distribution distribution, Map<String, String> environment, String archiveCommand) {
        return start(
                distribution,
                environment,
                PostgresSetup.ofVersion(PostgresBinaries.newestMajor())
                        .withWalSegmentMiB(1)
                        .withArchiveCommand(archiveCommand));
    }

    /** A server of any version and size of WAL segments, whose archive_command the caller has chosen. */
    static ArchivingServer start(
            Distribution distribution, Map<String, String> environment, PostgresSetup archivingSetup) {
        PostgresSetup setup = withEnvironment(archivingSetup, environment);
        return of(
                distribution,
                environment,
                setup.withSetting(WAL_KEPT, EVERYTHING).start());
    }

    /** The same, but the server has written WAL up to an LSN before, all at once, and has neither archived nor kept it. */
    static ArchivingServer startAt(
            String lsn, Distribution distribution, Map<String, String> environment, PostgresSetup archivingSetup) {
        PostgresCluster cluster = withEnvironment(archivingSetup, environment)
                .withSetting("archive_mode", "off")
                .withSetting("max_wal_size", "256MB")
                .start();
        cluster.sql(WRITE_WAL_UP_TO.replace("@LSN@", lsn));
        cluster.writeSetting("archive_mode", "on");
        cluster.writeSetting(WAL_KEPT, EVERYTHING);
        cluster.restart();
        return of(distribution, environment, cluster);
    }

    private static PostgresSetup withEnvironment(PostgresSetup archivingSetup, Map<String, String> environment) {
        PostgresSetup setup = archivingSetup.withOwnIdentity();
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            setup = setup.withEnvironment(variable.getKey(), variable.getValue());
        }
        return setup;
    }

    private static ArchivingServer of(
            Distribution distribution, Map<String, String> environment, PostgresCluster cluster) {
        cluster.sql("CREATE TABLE rows (id int, content text); ALTER TABLE rows ALTER content SET STORAGE EXTERNAL");
        return new ArchivingServer(distribution, environment, cluster);
    }

    PostgresCluster cluster() {
        return cluster;
    }

    Path dataDirectory() {
        return cluster.dataDirectory();
    }

    Path segment(String name) {
        return dataDirectory().resolve("pg_wal").resolve(name);
    }

    /** Writes at least so many WAL segments of 1 MiB. */
    void fillSegments(int count) {
        cluster.sql(
                "INSERT INTO rows SELECT i, repeat(md5(i::text), 3200) FROM generate_series(1, 11 * " + count + ") i");
        cluster.switchWal();
    }

    /** Commits one row, and returns the segment with it, which is archived. */
    String archiveRow(int id) {
        cluster.sql("INSERT INTO rows VALUES (" + id + ", 'small')");
        return cluster.archiveWal();
    }

    /** Runs pgagent as the server would, in its directory and with its settings. */
    ToolRun run(String... arguments) {
        return distribution.runIn(dataDirectory(), environment, arguments);
    }

    /** Takes a base backup. */
    void backUp(String... options) {
        ToolRun backup = tryToBackUp(options);
        assertThat(backup.exitStatus()).as(backup.output()).isZero();
    }

    /** Takes a base backup, with options of {@code pgagent backup}, which may fail. */
    ToolRun tryToBackUp(String... options) {
        String socket = cluster.socketDirectory().toString();
        String port = Integer.toString(cluster.port());
        return run(Stream.concat(
                        Stream.of("backup", "-h", socket, "-p", port, "-U", "postgres", "-d", "postgres"),
                        Stream.of(options))
                .toArray(String[]::new));
    }

    /** What pgagent needs to find the repository. */
    Map<String, String> environment() {
        return environment;
    }

    /** Puts the newest state into a directory, with options of the restore. */
    void restoreInto(Path directory, String... options) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("PGAGENT_PGDATA", directory.toString());
        ToolRun restore = distribution.run(
                all, Stream.concat(Stream.of("restore"), Stream.of(options)).toArray(String[]::new));
        assertThat(restore.exitStatus()).as(restore.output()).isZero();
    }

    /** Waits until nothing waits for the archiver. */
    void awaitArchived() {
        Await.until("nothing waits for the archiver", ARCHIVED_MAX, () -> {
            // A new session also wakes the postmaster, which has an archiver to start when the last one was ended.
            cluster.sql("SELECT 1");
            return statusFiles(".ready").isEmpty();
        });
    }

    /** Waits until the archiver has got on, which takes a while after it was ended: it starts every ten seconds at most. */
    void awaitOneMoreArchived() {
        int before = archivedSegments().size();
        Await.until("one segment more is archived", ARCHIVED_MAX, () -> {
            cluster.sql("SELECT 1");
            return archivedSegments().size() > before;
        });
    }

    private List<String> statusFiles(String suffix) {
        try (Stream<Path> files = Files.list(dataDirectory().resolve("pg_wal/archive_status"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(suffix))
                    .map(name -> name.substring(0, name.length() - suffix.length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new AssertionError("no archive_status", e);
        }
    }

    /** The WAL segments that PostgreSQL takes for archived. */
    List<String> archivedSegments() {
        return statusFiles(".done").stream()
                .filter(name -> name.length() == SEGMENT_NAME_LENGTH)
                .toList();
    }

    /** Ends the current segment, and requires all that came before it in the bucket, byte for byte. Returns their number. */
    int requireEverythingArchived() throws IOException {
        String last = cluster.switchWal();
        awaitArchived();
        List<String> archived = archivedSegments();
        assertThat(archived).contains(last).containsAll(segmentsUpTo(last));
        try (ScratchDirectory scratch = ScratchDirectory.create()) {
            Path fetched = scratch.resolve("fetched");
            for (String segment : archived) {
                ToolRun fetch = run("wal-fetch", "-D", dataDirectory().toString(), segment, fetched.toString());
                assertThat(fetch.exitStatus()).as(fetch.output()).isZero();
                assertThat(Files.mismatch(fetched, segment(segment)))
                        .as(segment)
                        .isEqualTo(-1);
                Files.delete(fetched);
            }
        }
        return archived.size();
    }

    private List<String> segmentsUpTo(String last) throws IOException {
        try (Stream<Path> files = Files.list(dataDirectory().resolve("pg_wal"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.length() == SEGMENT_NAME_LENGTH && name.compareTo(last) <= 0)
                    .toList();
        }
    }

    @Override
    public void close() {
        Path directory = dataDirectory();
        cluster.close();
        awaitNoAgentOf(directory);
    }

    /** An agent ends when its data directory is gone. */
    static void awaitNoAgentOf(Path directory) {
        Await.until(
                "the agent of a removed data directory ends",
                AGENT_END_MAX,
                () -> ResidentAgent.allOf(directory).isEmpty());
    }
}
