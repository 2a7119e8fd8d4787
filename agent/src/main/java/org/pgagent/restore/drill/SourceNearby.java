package org.pgagent.restore.drill;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFileReader;
import org.pgagent.postgres.ServerRun;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupSource;

/**
 * Servers on this host that have the data of the cluster which a drill restores. A tablespace that was created after the
 * backup began is no part of it: replay creates it again, at the very path where that server has it, and writes into it.
 */
final class SourceNearby {
    private SourceNearby() {}

    /**
     * Refuses a drill that would write into a living server's files.
     *
     * @throws PgAgentException of kind TARGET_DIRECTORY if there is such a tablespace
     */
    static void requireApart(BackupRecord backup) throws IOException {
        Set<String> known = backup.source().tablespaces().stream()
                .map(BackupSource.Tablespace::oid)
                .map(String::valueOf)
                .collect(Collectors.toSet());
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
            for (Path process : processes) {
                Optional<Path> data = dataDirectory(process, backup);
                if (data.isPresent()) {
                    requireKnown(data.get(), known, backup);
                }
            }
        }
    }

    /** Of a postmaster that this user may look at, and so might get into the way of. */
    private static Optional<Path> dataDirectory(Path process, BackupRecord backup) throws IOException {
        try {
            Path directory = process.resolve("cwd").toRealPath();
            Optional<ServerRun> run = ServerRun.of(directory);
            boolean postmaster = run.isPresent()
                    && process.getFileName()
                            .toString()
                            .equals(Long.toString(run.get().pid()));
            return postmaster
                            && new ControlFileReader()
                                    .read(directory)
                                    .content()
                                    .systemIdentifier()
                                    .equals(backup.source().systemIdentifier())
                    ? Optional.of(directory)
                    : Optional.empty();
        } catch (FileSystemException e) {
            return Optional.empty(); // another user's, or gone meanwhile
        } catch (PgAgentException e) {
            if (e.kind() == ErrorKind.INCOMPATIBLE) {
                return Optional.empty(); // of no version that the backup can be of
            }
            throw e;
        }
    }

    private static void requireKnown(Path data, Set<String> known, BackupRecord backup) throws IOException {
        try (DirectoryStream<Path> links = Files.newDirectoryStream(data.resolve("pg_tblspc"))) {
            for (Path link : links) {
                String oid = link.getFileName().toString();
                if (Files.isSymbolicLink(link) && !known.contains(oid)) {
                    throw new PgAgentException(
                            ErrorKind.TARGET_DIRECTORY,
                            "the server in " + data + " has a tablespace at " + Files.readSymbolicLink(link)
                                    + " that was created since backup " + backup.id()
                                    + " began: the drill's server would create it again and write into it",
                            "Take another backup first, or hold the drill on another host.");
                }
            }
        }
    }
}
