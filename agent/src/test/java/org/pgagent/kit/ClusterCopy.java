package org.pgagent.kit;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A copy of a running cluster's data directory, file by file, and of its WAL, made by PostgreSQL's own means (manual, "Making a
 * Base Backup Using the Low Level API"): what a restore can be compared with. Of clusters whose tablespaces, if any, are in
 * place.
 */
public final class ClusterCopy implements AutoCloseable {
    private static final int NEW_NAMES_SINCE = 15;
    private static final Set<String> EMPTY = Set.of("pg_wal", "pg_replslot", "pg_dynshmem", "pg_stat_tmp");
    private static final Set<String> LEFT_OUT = Set.of("postmaster.pid", "postmaster.opts");

    private final PostgresCluster source;
    private final ScratchDirectory scratch = ScratchDirectory.create();
    private final Path data = scratch.createPrivate("data");

    /** As long as it is open, the source keeps its WAL. */
    private Connection session;

    private String firstSegment;
    private PostgresCluster opened;

    private ClusterCopy(PostgresCluster source) {
        this.source = source;
    }

    /** Copies the files; the source keeps its WAL from now on until {@link #takeWal} has fetched it. */
    public static ClusterCopy of(PostgresCluster source) {
        ClusterCopy copy = new ClusterCopy(source);
        try {
            copy.copyFiles();
        } catch (SQLException | IOException e) {
            throw new AssertionError("cannot copy " + source.dataDirectory(), e);
        }
        return copy;
    }

    private void copyFiles() throws SQLException, IOException {
        session = source.connect("postgres");
        boolean newNames = source.major() >= NEW_NAMES_SINCE;
        Sql.run(session, "SELECT pg_create_physical_replication_slot('copy', true, true)");
        firstSegment = one(
                session,
                "SELECT pg_walfile_name("
                        + (newNames ? "pg_backup_start('copy', true)" : "pg_start_backup('copy', true, false)") + ")");
        Files.walkFileTree(source.dataDirectory(), new Copying());
        for (String directory : List.of("pg_wal/archive_status", "pg_wal/summaries")) {
            Files.createDirectory(data.resolve(directory));
        }
        List<String> files = Sql.run(
                        session,
                        "SELECT labelfile, spcmapfile FROM "
                                + (newNames ? "pg_backup_stop(false)" : "pg_stop_backup(false, false)"))
                .get(0);
        Files.writeString(data.resolve("backup_label"), files.get(0));
        if (files.get(1) != null && !files.get(1).isEmpty()) {
            throw new AssertionError("a tablespace that is not in place: " + files.get(1));
        }
    }

    private static String one(Connection connection, String sql) throws SQLException {
        return Sql.run(connection, sql).get(0).get(0);
    }

    /** Copies the WAL that the source has written until now. */
    public void takeWal() {
        try (Connection ending = session) {
            String last = one(ending, "SELECT pg_walfile_name(pg_current_wal_insert_lsn())");
            Path wal = source.dataDirectory().resolve("pg_wal");
            try (Stream<Path> entries = Files.list(wal)) {
                for (Path entry : entries.toList()) {
                    String name = entry.getFileName().toString();
                    if (name.endsWith(".history") || (name.length() == last.length() && isBetween(name, last))) {
                        Files.copy(entry, data.resolve("pg_wal").resolve(name), StandardCopyOption.COPY_ATTRIBUTES);
                    }
                }
            }
        } catch (SQLException | IOException e) {
            throw new AssertionError("cannot copy the WAL of " + source.dataDirectory(), e);
        }
    }

    private boolean isBetween(String segment, String last) {
        return segment.compareTo(firstSegment) >= 0 && segment.compareTo(last) <= 0;
    }

    /**
     * Starts a server on the copy, which archives nothing, and waits until it has replayed the source's WAL up to an LSN and
     * the record that begins there or is the next.
     */
    public PostgresCluster recoverTo(String lsn) {
        try {
            Files.createFile(data.resolve("recovery.signal"));
            // Of the source's own settings, which may come from a recovery, only the last of a name counts.
            Files.writeString(data.resolve("postgresql.auto.conf"), """

                    recovery_target = ''
                    recovery_target_name = ''
                    recovery_target_time = ''
                    recovery_target_xid = ''
                    recovery_target_lsn = '%s'
                    recovery_target_inclusive = on
                    recovery_target_timeline = 'current'
                    recovery_target_action = 'promote'
                    restore_command = 'false'
                    archive_mode = off
                    """.formatted(lsn), StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new AssertionError("cannot make ready for recovery: " + data, e);
        }
        opened = PostgresCluster.open(data, Map.of());
        opened.start();
        opened.awaitPromotion();
        return opened;
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (SQLException e) {
            throw new AssertionError("cannot close the session", e);
        }
        if (opened != null) {
            opened.close();
        }
        scratch.close();
    }

    /** Files may grow, shrink and go meanwhile: replay mends that. */
    private final class Copying extends SimpleFileVisitor<Path> {
        private Path target(Path path) {
            return data.resolve(source.dataDirectory().relativize(path));
        }

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) throws IOException {
            if (!directory.equals(source.dataDirectory())) {
                Files.copy(directory, target(directory), StandardCopyOption.COPY_ATTRIBUTES);
            }
            return EMPTY.contains(source.dataDirectory().relativize(directory).toString())
                    ? FileVisitResult.SKIP_SUBTREE
                    : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            if (attributes.isSymbolicLink()) {
                throw new AssertionError("what it leads to would be of both clusters: " + file);
            }
            if (!LEFT_OUT.contains(source.dataDirectory().relativize(file).toString())) {
                try {
                    Files.copy(file, target(file), StandardCopyOption.COPY_ATTRIBUTES);
                } catch (NoSuchFileException e) {
                    return visitFileFailed(file, e);
                }
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw e;
        }
    }
}
