package org.pgagent.kit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.pgagent.postgres.session.UnixSocketFactory;

/**
 * A PostgreSQL cluster for one test or for several: a data directory, a Unix socket, a log and, most of the time, a running
 * server. Closing it kills the server and, unless the directory came from elsewhere, removes everything.
 *
 * <p>Not thread-safe but for {@link #sql} and {@link #connect}.
 */
public final class PostgresCluster implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final int DEFAULT_PORT = 5432;

    /** How a server is told to stop; {@link #kill} is the way without telling. */
    public enum Stop {
        /** Rolls back, writes the shutdown checkpoint. */
        FAST("INT"),
        /** Leaves everything to crash recovery. */
        IMMEDIATE("QUIT");

        private final String signal;

        Stop(String signal) {
            this.signal = signal;
        }
    }

    private final ScratchDirectory scratch;
    private final Path dataDirectory;
    private final int major;
    private final int port;
    private final Map<String, String> environment;
    private final List<String> overrides;
    private ServerProcess server;

    private PostgresCluster(ScratchDirectory scratch, Path dataDirectory, Launch launch) {
        this.scratch = scratch;
        this.dataDirectory = dataDirectory;
        this.major = launch.major;
        this.port = launch.port;
        this.environment = launch.environment;
        this.overrides = launch.overrides;
    }

    private record Launch(int major, int port, Map<String, String> environment, List<String> overrides) {}

    static PostgresCluster create(PostgresSetup setup) {
        PostgresCluster cluster = prepare(setup);
        cluster.start();
        return cluster;
    }

    static PostgresCluster prepare(PostgresSetup setup) {
        ScratchDirectory scratch = ScratchDirectory.create();
        Path data = scratch.resolve("data");
        ClusterTemplate.create(setup, data);
        int port = Integer.parseInt(setup.settings().getOrDefault("port", Integer.toString(DEFAULT_PORT)));
        PostgresCluster cluster =
                new PostgresCluster(scratch, data, new Launch(setup.major(), port, setup.environment(), List.of()));
        setup.settings().forEach(cluster::writeSetting);
        return cluster;
    }

    /**
     * A cluster whose data directory exists already, such as a restored one, not yet started. It keeps its settings, but
     * listens on a socket of its own only. The server's user becomes the owner of the directory and of what links in it
     * lead to; the directories above must let that user through (see {@link ScratchDirectory}).
     *
     * @param environment variables for the server and its child processes
     */
    public static PostgresCluster open(Path dataDirectory, Map<String, String> environment) {
        try {
            ServerUser.current().own(dataDirectory);
            for (Path directory : List.of(dataDirectory, dataDirectory.resolve("pg_tblspc"))) {
                try (Stream<Path> entries = Files.list(directory)) {
                    for (Path link : entries.filter(Files::isSymbolicLink).toList()) {
                        ServerUser.current().own(link.toRealPath());
                    }
                }
            }
            int major = Integer.parseInt(
                    Files.readString(dataDirectory.resolve("PG_VERSION")).strip());
            List<String> overrides = List.of(
                    "-c", "listen_addresses=", "-c", "port=" + DEFAULT_PORT, "-c", "fsync=off", "-c", "ssl=off");
            return new PostgresCluster(
                    ScratchDirectory.create(), dataDirectory, new Launch(major, DEFAULT_PORT, environment, overrides));
        } catch (IOException e) {
            throw new AssertionError("no data directory: " + dataDirectory, e);
        }
    }

    /**
     * A running standby of a cluster, made from a copy of its data directory; the cluster is restarted for that. Its
     * archiving, if any, is that of the copied settings.
     */
    public static PostgresCluster standbyOf(PostgresCluster primary) {
        primary.stop(Stop.FAST);
        ScratchDirectory scratch = ScratchDirectory.create();
        Path data = scratch.resolve("data");
        ToolRun.successOf("cp", "-a", primary.dataDirectory.toString(), data.toString());
        primary.start();
        List<String> overrides = List.of("-c", "listen_addresses=", "-c", "port=" + DEFAULT_PORT);
        PostgresCluster standby = new PostgresCluster(
                scratch, data, new Launch(primary.major, DEFAULT_PORT, primary.environment, overrides));
        standby.writeSetting(
                "primary_conninfo", "host=" + primary.socketDirectory() + " port=" + primary.port + " user=postgres");
        standby.createFile("standby.signal");
        standby.start();
        return standby;
    }

    public int major() {
        return major;
    }

    public Path dataDirectory() {
        return dataDirectory;
    }

    public Path socketDirectory() {
        return scratch.path();
    }

    public int port() {
        return port;
    }

    /** Starts the server and waits until it accepts connections, in a hot standby as well. */
    public void start() {
        launch();
        ServerProcess starting = server;
        Await.until("server accepts connections", LIMIT, () -> {
            if (!starting.isRunning()) {
                throw new AssertionError("server has ended with " + starting.awaitEnd() + ":\n" + logTail());
            }
            return acceptsConnections();
        });
    }

    /** Starts a server that is expected to end by itself, with a failure, and returns the end of its log. */
    public String startUntilFailure() {
        launch();
        int status = server.awaitEnd();
        server = null;
        if (status == 0) {
            throw new AssertionError("server has ended without a failure:\n" + logTail());
        }
        return logTail();
    }

    private void launch() {
        if (isRunning()) {
            throw new IllegalStateException("server runs already");
        }
        List<String> command = new ArrayList<>(List.of(
                PostgresBinaries.program(major, "postgres").toString(),
                "-D",
                dataDirectory.toString(),
                "-k",
                socketDirectory().toString()));
        command.addAll(overrides);
        server = ServerProcess.start(command, environment, log());
    }

    /** The server writes its state into line 8 of postmaster.pid (miscadmin.h, LOCK_FILE_LINE_PM_STATUS). */
    private boolean acceptsConnections() throws IOException {
        Path file = dataDirectory.resolve("postmaster.pid");
        if (!Files.exists(file)) {
            return false;
        }
        List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        return lines.size() >= 8
                && lines.get(0).strip().equals(Long.toString(server.pid()))
                && List.of("ready", "standby").contains(lines.get(7).strip());
    }

    public boolean isRunning() {
        return server != null && server.isRunning();
    }

    public void stop(Stop way) {
        server.signal(way.signal);
        server.awaitEnd();
        server = null;
    }

    public void restart() {
        stop(Stop.FAST);
        start();
    }

    /** Ends the server and all its child processes as a power cut would. */
    public void kill() {
        server.kill();
        server = null;
    }

    /** Makes the server read its settings again, and waits until it has. */
    public void reload() {
        String before = value("SELECT pg_conf_load_time()");
        server.signal("HUP");
        Await.until(
                "settings read",
                LIMIT,
                () -> !value("SELECT pg_conf_load_time()").equals(before));
    }

    /** Adds a line to {@code postgresql.conf}; a running server follows with {@link #reload} or {@link #restart}. */
    public void writeSetting(String name, String value) {
        appendTo("postgresql.conf", name + " = '" + value.replace("'", "''") + "'\n");
    }

    /** Changes archive_command of the running server, which goes by it at once. */
    public void setArchiveCommand(String command) {
        writeSetting("archive_command", command);
        reload();
        wakeArchiver();
    }

    /** Has the archiver try again now: after three refusals it would wait for a minute, before 14 in spite of a reload. */
    public void wakeArchiver() {
        server.signalChild("archiver", "USR1");
    }

    /** Writes lines before all others of {@code pg_hba.conf} and makes the server read them. */
    public void prependHba(String lines) {
        Path file = dataDirectory.resolve("pg_hba.conf");
        try {
            Files.writeString(file, lines + "\n" + Files.readString(file));
        } catch (IOException e) {
            throw new AssertionError("cannot write " + file, e);
        }
        reload();
    }

    private void appendTo(String file, String text) {
        try {
            Files.writeString(dataDirectory.resolve(file), text, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new AssertionError("cannot write " + file, e);
        }
    }

    /** Makes an empty directory beside the data directory, owned by the server's user, such as for a tablespace. */
    public Path createDirectory(String name) {
        return scratch.createPrivate(name);
    }

    /** Makes an empty file of the data directory, owned by the server's user. */
    public void createFile(String name) {
        try {
            ServerUser.current().own(Files.createFile(dataDirectory.resolve(name)));
        } catch (IOException e) {
            throw new AssertionError("cannot create " + name, e);
        }
    }

    /** Runs SQL as superuser in the database {@code postgres}; see {@link Sql#run}. */
    public List<List<String>> sql(String sql) {
        return sql("postgres", sql);
    }

    public List<List<String>> sql(String database, String sql) {
        try (Connection connection = connect(database)) {
            return Sql.run(connection, sql);
        } catch (SQLException e) {
            throw new AssertionError(sql + "\n" + logTail(), e);
        }
    }

    /** The first column of the first row of what SQL gives. */
    public String value(String sql) {
        return sql(sql).get(0).get(0);
    }

    /** The names of the databases that can be connected to, without templates; not those whose removal was broken off. */
    List<String> databases() {
        return sql("SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate AND datconnlimit <> -2")
                .stream()
                .map(row -> row.get(0))
                .toList();
    }

    /** A connection of the superuser over the Unix socket, autocommit on; the caller closes it. */
    public Connection connect(String database) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", "postgres");
        properties.setProperty("socketFactory", UnixSocketFactory.class.getName());
        properties.setProperty("socketFactoryArg", socketFile().toString());
        properties.setProperty("sslmode", "disable");
        properties.setProperty("gssEncMode", "disable");
        return DriverManager.getConnection("jdbc:postgresql://localhost/" + database, properties);
    }

    public Path socketFile() {
        return socketDirectory().resolve(".s.PGSQL." + port);
    }

    /** Waits until recovery has ended and the cluster can be written to. */
    public void awaitPromotion() {
        awaitTrue("SELECT NOT pg_is_in_recovery()");
    }

    /** Waits until SQL that gives one truth value gives {@code true}. */
    public void awaitTrue(String sql) {
        try (Connection connection = connect("postgres")) {
            Await.until(sql, LIMIT, () -> {
                if (!isRunning()) {
                    throw new AssertionError("server has ended");
                }
                return Sql.run(connection, sql).get(0).get(0).equals("t");
            });
        } catch (AssertionError | SQLException e) {
            throw new AssertionError(e.getMessage() + "\n" + logTail(), e);
        }
    }

    /** Begins a new WAL segment and returns the file name of the one before. */
    public String switchWal() {
        value("SELECT pg_logical_emit_message(false, 'kit', 'so that there is something to switch from')");
        return value("SELECT pg_walfile_name(pg_switch_wal())");
    }

    /** Begins a new WAL segment, waits until the one before is archived, and returns its file name. */
    public String archiveWal() {
        String segment = switchWal();
        awaitTrue("SELECT coalesce(max(last_archived_wal) >= '" + segment + "', false) FROM pg_stat_archiver");
        return segment;
    }

    public Path log() {
        return scratch.resolve("server.log");
    }

    /** The last lines of the server's log. */
    public String logTail() {
        return Files.exists(log(), LinkOption.NOFOLLOW_LINKS) ? ServerProcess.logTail(log()) : "";
    }

    /** A server that is killed leaves its shared memory behind, of which a machine has room for some thousands. */
    @Override
    public void close() {
        if (isRunning()) {
            stop(Stop.IMMEDIATE);
        }
        scratch.close();
    }
}
