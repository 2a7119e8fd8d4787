package org.pgagent.cases;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.pgagent.kit.ClusterContent;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.ServerUser;
import org.pgagent.kit.Sql;
import org.pgagent.kit.ToolRun;
import org.pgagent.kit.Workload;

/**
 * A cluster that has whatever a backup may meet, a backup of it, and transactions after the backup with the cluster's content
 * before and after each, all of it archived.
 */
final class Story implements AutoCloseable {

    /** As difficult a path as the server lets a tablespace have: it refuses single quotes. */
    private static final String ODD_NAME = "ts with space, \"quote\", back\\slash and ü";

    private final String name;
    private final PostgresCluster cluster;
    private final Path outsideTablespace;
    private final Path insideTablespace;
    private final Outcome backupOutcome;
    private final StoredBackup backup;
    private final List<String> filesAtBackup;
    private final ClusterContent contentAtBackup;
    private final Mark first;
    private final Mark second;
    private final Mark third;

    /**
     * A transaction.
     *
     * @param committedAt exactly, as a recovery target takes it
     * @param lsnBefore a place in the WAL behind everything before the transaction and before all of it
     * @param commitLsn where the record of its commit begins
     */
    record Mark(
            String name,
            String xid,
            String committedAt,
            String lsnBefore,
            String commitLsn,
            ClusterContent before,
            ClusterContent after) {}

    private Story(Variant variant, Repository repository) {
        this.name = "story-" + variant.major();
        this.cluster = prepare(variant, repository.archiving(settings(variant), name));
        this.outsideTablespace = cluster.createDirectory(ODD_NAME);
        this.insideTablespace = cluster.dataDirectory().resolve("inside");
        Workload workload = new Workload(cluster, 0.125 * (variant.major() - 12));
        write(workload);
        cluster.setArchiveCommand(Repository.archiveCommand(name));
        try (Connection session = cluster.connect(Workload.DATABASE)) {
            makeOddFiles(cluster.dataDirectory());
            Sql.run(session, "CREATE TEMPORARY TABLE scratch AS SELECT generate_series(1, 10000) i");
            contentAtBackup = ClusterContent.of(cluster);
            backupOutcome = repository.onServer(cluster, name, "backup", "--label", "the story's");
            backup = repository.stored(name, Repository.idIn(backupOutcome));
            filesAtBackup = files();
        } catch (SQLException | IOException e) {
            throw new AssertionError("cannot tell the story", e);
        }
        workload.addOrders(300);
        workload.churn();
        first = mark("first");
        workload.addOrders(200);
        second = mark("second");
        cluster.value("SELECT pg_create_restore_point('before the mistake')");
        cluster.sql(Workload.DATABASE, "DROP TABLE documents");
        third = mark("third");
        cluster.archiveWal();
    }

    static Story tell(Variant variant, Repository repository) {
        return new Story(variant, repository);
    }

    private static PostgresSetup settings(Variant variant) {
        return variant.setup().withSetting("track_commit_timestamp", "on").withSetting("autovacuum", "off");
    }

    private static PostgresCluster prepare(Variant variant, PostgresSetup setup) {
        PostgresCluster cluster = setup.prepare();
        if (variant.has(Variant.Oddity.LINKED_WAL)) {
            Path elsewhere = cluster.createDirectory("wal").resolve("pg_wal");
            Path inside = cluster.dataDirectory().resolve("pg_wal");
            ToolRun.successOf("mv", inside.toString(), elsewhere.toString());
            ToolRun.successOf("ln", "-s", elsewhere.toString(), inside.toString());
        }
        if (variant.has(Variant.Oddity.AT_FOUR_GIBIBYTES)) {
            cluster.writeSetting("archive_command", "true");
        }
        cluster.start();
        if (variant.has(Variant.Oddity.AT_FOUR_GIBIBYTES)) {
            String lastButOne = "00000001000000000000003E";
            while (!cluster.switchWal().equals("00000001000000000000003D")) {
                // each turn leaves a segment of 64 MiB behind; the backup itself goes on to the last one
            }
            if (!cluster.value("SELECT pg_walfile_name(pg_current_wal_insert_lsn() + 8192)")
                    .equals(lastButOne)) {
                throw new AssertionError("not in segment " + lastButOne);
            }
        }
        return cluster;
    }

    private void write(Workload workload) {
        ServerUser.current().own(makeDirectory(insideTablespace));
        cluster.sql("CREATE TABLESPACE outside LOCATION '" + outsideTablespace + "'");
        cluster.sql("CREATE TABLESPACE inside LOCATION '" + insideTablespace + "'");
        workload.create(2000);
        cluster.sql(Workload.DATABASE, """
                CREATE TABLE far (i int PRIMARY KEY, t text) TABLESPACE outside;
                INSERT INTO far SELECT i, md5(i::text) FROM generate_series(1, 3000) i;
                CREATE TABLE near (i int PRIMARY KEY, t text) TABLESPACE inside;
                INSERT INTO near SELECT i, md5(i::text) FROM generate_series(1, 3000) i;
                CREATE TABLE short_lived (i int);
                DROP TABLE short_lived
                """);
        cluster.sql(Workload.DATABASE, "VACUUM ANALYZE");
    }

    private static Path makeDirectory(Path directory) {
        try {
            return Files.createDirectory(directory);
        } catch (IOException e) {
            throw new AssertionError("cannot make " + directory, e);
        }
    }

    /** What is no file of PostgreSQL's: a socket and its lock, a pipe, a link to nowhere, and rubbish of older servers. */
    private static void makeOddFiles(Path dataDirectory) throws IOException {
        Files.writeString(dataDirectory.resolve(".s.PGSQL.6543.lock"), "1\n");
        ToolRun.successOf("mkfifo", dataDirectory.resolve("pipe").toString());
        Files.createSymbolicLink(dataDirectory.resolve("nowhere"), dataDirectory.resolve("is missing"));
        Files.createDirectory(dataDirectory.resolve("base/pgsql_tmp"));
        Files.writeString(dataDirectory.resolve("base/pgsql_tmp/pgsql_tmp1.0"), "rubbish");
        Files.writeString(dataDirectory.resolve("backup_label.old"), "rubbish");
        Files.writeString(dataDirectory.resolve("postgresql.auto.conf.tmp"), "rubbish");
        try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(dataDirectory.resolve(".s.PGSQL.6543")));
        } // the file of the socket stays
        ServerUser.current().own(dataDirectory);
    }

    /** Every regular file as {@code find} sees it: mode, size and path, of tablespaces through their links. */
    private List<String> files() {
        List<String> lines = new ArrayList<>(find(cluster.dataDirectory(), ""));
        for (List<String> tablespace : cluster.sql("SELECT oid, pg_tablespace_location(oid) FROM pg_tablespace"
                + " WHERE pg_tablespace_location(oid) <> ''")) {
            lines.addAll(find(Path.of(tablespace.get(1)), "pg_tblspc/" + tablespace.get(0) + "/"));
        }
        return lines;
    }

    private static List<String> find(Path directory, String prefix) {
        return ToolRun.successOf("find", directory.toString(), "-type", "f", "-printf", "%m %s " + prefix + "%P\n")
                .lines()
                .toList();
    }

    private Mark mark(String name) {
        ClusterContent before = ClusterContent.of(cluster);
        String lsnBefore = cluster.value("SELECT pg_current_wal_insert_lsn()");
        String xid;
        String commitLsn;
        try (Connection connection = cluster.connect(Workload.DATABASE)) {
            Sql.run(connection, "BEGIN");
            xid = Sql.run(connection, "INSERT INTO marks VALUES ('" + name + "', clock_timestamp()) RETURNING xmin")
                    .get(0)
                    .get(0);
            commitLsn = Sql.run(connection, "SELECT pg_current_wal_insert_lsn()")
                    .get(0)
                    .get(0);
            Sql.run(connection, "COMMIT");
        } catch (SQLException e) {
            throw new AssertionError("cannot write a mark", e);
        }
        String committedAt = cluster.value("SELECT to_char(pg_xact_commit_timestamp('" + xid
                + "') AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'");
        return new Mark(name, xid, committedAt, lsnBefore, commitLsn, before, ClusterContent.of(cluster));
    }

    PostgresCluster cluster() {
        return cluster;
    }

    Path outsideTablespace() {
        return outsideTablespace;
    }

    Path insideTablespace() {
        return insideTablespace;
    }

    Outcome backupOutcome() {
        return backupOutcome;
    }

    /** The cluster's, in the repository. */
    String name() {
        return name;
    }

    StoredBackup backup() {
        return backup;
    }

    /** Mode, size and path of each file that was there when the backup had ended. */
    List<String> filesAtBackup() {
        return filesAtBackup;
    }

    ClusterContent contentAtBackup() {
        return contentAtBackup;
    }

    Mark first() {
        return first;
    }

    /** Followed by the restore point {@code before the mistake}. */
    Mark second() {
        return second;
    }

    /** The last one. */
    Mark third() {
        return third;
    }

    @Override
    public void close() {
        cluster.close();
    }
}
