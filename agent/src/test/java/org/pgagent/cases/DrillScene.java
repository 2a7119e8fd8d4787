package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.pgagent.kit.Await;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.PublishedClassPath;
import org.pgagent.kit.ResidentProgram;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ServerUser;
import org.pgagent.kit.ToolRun;
import org.pgagent.repository.BackupRecord;

/** A cluster with a table in a tablespace, a place for drills, and the program on a host that has the server. */
final class DrillScene implements AutoCloseable {
    private static final Repository REPOSITORY = Repository.shared();

    private final String name;
    private final ScratchDirectory scratch = ScratchDirectory.create();
    private final Path place = scratch.createPrivate("place");
    private final Map<String, String> environment = new HashMap<>();
    private final Path mark = scratch.resolve("archived");
    private final ResidentProgram program;
    private final PostgresCluster cluster;

    DrillScene(String name, PostgresSetup setup) {
        this.name = name;
        environment.putAll(REPOSITORY.environment());
        environment.put(
                "PATH",
                PostgresBinaries.home(setup.major()).resolve("bin") + ":"
                        + REPOSITORY.serverEnvironment().get("PATH"));
        program = ResidentProgram.start(environment, "077");
        cluster = REPOSITORY
                .archiving(
                        setup.withOwnIdentity()
                                .withWalSegmentMiB(1)
                                .withSetting("autovacuum", "off")
                                .withSetting("max_connections", "140"),
                        name)
                .start();
        cluster.sql("CREATE TABLESPACE side LOCATION '" + cluster.createDirectory("side") + "'");
        cluster.sql("CREATE TABLE kept (i int PRIMARY KEY, t text) TABLESPACE side");
        cluster.sql("INSERT INTO kept SELECT i, md5(i::text) FROM generate_series(1, 1000) i");
        cluster.sql("CREATE DATABASE \"odd = name\"");
        makeAwkward("odd = name");
        Path inside = cluster.dataDirectory().resolve("inside");
        ToolRun.successOf("mkdir", "-m", "700", inside.toString());
        ServerUser.current().own(inside);
        cluster.sql("CREATE TABLESPACE inside LOCATION '" + inside + "'");
        cluster.sql("CREATE TABLE in_inside TABLESPACE inside AS SELECT generate_series(1, 100) i");
    }

    DrillScene(String name) {
        this(name, PostgresSetup.ofVersion(PostgresBinaries.newestMajor()));
    }

    /** What would keep pg_amcheck from installing its extension there. */
    private void makeAwkward(String database) {
        cluster.sql(database, """
                CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
                    BEGIN RAISE EXCEPTION 'no changes here'; END $$
                """);
        cluster.sql(database, "CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION refuse()");
        cluster.sql("ALTER DATABASE \"" + database + "\" SET default_transaction_read_only = on");
    }

    String name() {
        return name;
    }

    /** What the test needs besides. */
    ScratchDirectory scratch() {
        return scratch;
    }

    /** Where drills are held. */
    Path place() {
        return place;
    }

    /** Has a line for each file that the source has archived since {@link #archiveWithMark}. */
    Path mark() {
        return mark;
    }

    PostgresCluster cluster() {
        return cluster;
    }

    /** Each call leaves a mark from now on, and each backup has it in its settings. */
    void archiveWithMark() {
        cluster.setArchiveCommand("echo %f >>" + mark + "; " + Repository.archiveCommand(name));
        cluster.sql("ALTER SYSTEM SET restore_command = 'touch " + scratch.resolve("touched") + "'");
        cluster.sql("ALTER SYSTEM SET shared_preload_libraries = 'is_not_here'");
    }

    private String[] line(String... arguments) {
        List<String> all =
                new ArrayList<>(List.of("validate", "--cluster", name, "--boot", "--scratch", place.toString()));
        all.addAll(Arrays.asList(arguments));
        return all.toArray(String[]::new);
    }

    Outcome drill(String... arguments) {
        return program.run(line(arguments));
    }

    /** A drill in a process of its own that waits for long in psql, and that has come so far. */
    Process drillThatWaits() throws IOException {
        Process process =
                start(line("--sql-file", sql("SELECT pg_sleep(600);\n").toString()));
        Await.until("psql runs", Duration.ofMinutes(1), () -> {
            assertThat(process.isAlive()).as(drillLog()).isTrue();
            return processes().stream().anyMatch(line -> line.endsWith("/run"));
        });
        return process;
    }

    /** A drill in a process of its own that has begun what it planned, and stands still. */
    Process drillThatStandsStill() throws IOException {
        Process process = start(line());
        Await.until("the drill has its directory", Duration.ofMinutes(1), () -> {
            assertThat(process.isAlive()).as(drillLog()).isTrue();
            try (Stream<Path> there = Files.list(place)) {
                return there.findAny().isPresent();
            }
        });
        ToolRun.successOf("kill", "-s", "STOP", Long.toString(process.pid()));
        return process;
    }

    static void goOn(Process drill) {
        ToolRun.successOf("kill", "-s", "CONT", Long.toString(drill.pid()));
    }

    private Process start(String... line) throws IOException {
        String command = "exec " + PublishedClassPath.command("org.pgagent.Main", line);
        ProcessBuilder builder = new ProcessBuilder(ServerUser.current().command("sh", "-c", command))
                .redirectErrorStream(true)
                .redirectOutput(scratch.resolve("drill.log").toFile())
                .directory(Path.of("/").toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }

    String drillLog() throws IOException {
        return Files.readString(scratch.resolve("drill.log"));
    }

    Outcome show(String... arguments) {
        List<String> all = new ArrayList<>(List.of("show", "--cluster", name));
        all.addAll(Arrays.asList(arguments));
        return REPOSITORY.run(all.toArray(String[]::new));
    }

    /** Some rows and a whole segment for them, whose name is returned. */
    String insertAndArchive(int from) {
        cluster.sql(
                "INSERT INTO kept SELECT i, md5(i::text) FROM generate_series(" + from + ", " + (from + 500) + ") i");
        return cluster.archiveWal();
    }

    StoredBackup backUp() {
        return REPOSITORY.backup(cluster, name);
    }

    BackupRecord record(StoredBackup backup) {
        return REPOSITORY.stored(name, backup.id()).record();
    }

    Path sql(String text) throws IOException {
        Path file = scratch.resolve("smoke.sql");
        Files.writeString(file, text);
        return file;
    }

    /** Nothing is in the place any more, and no process works there. */
    void requireClean() throws IOException {
        try (Stream<Path> left = Files.list(place)) {
            assertThat(left).isEmpty();
        }
        Await.until(
                "no process in " + place,
                Duration.ofSeconds(30),
                () -> processes().isEmpty());
    }

    @Override
    public void close() {
        cluster.close();
        program.close();
        scratch.close();
    }

    /** What runs in the place, a line for each path there on a command line. */
    List<String> processes() {
        return ToolRun.of(
                        List.of("sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -o '" + place + "/[^ ]*'"))
                .output()
                .lines()
                .filter(line -> line.contains("pgagent-drill-"))
                .toList();
    }
}
