package org.pgagent.wal;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ArchiveFile;
import org.pgagent.postgres.Timeline;

/**
 * What a server had in {@code pg_wal} at one moment: the archive files there, and of which of them it believes that they are
 * archived (xlogarchive.c, the notes in {@code archive_status}). Keeps names only, some 70 bytes for each file, for a server
 * that cannot archive has hundreds of thousands. Immutable.
 */
final class PgWal {
    private static final String DONE = ".done";

    private final Path directory;
    private final List<String> files;
    private final List<String> done;
    private final Set<Timeline> archivedTimelines;

    private PgWal(Path directory, List<String> files, List<String> done, Set<Timeline> archivedTimelines) {
        this.directory = directory;
        this.files = files;
        this.done = done;
        this.archivedTimelines = archivedTimelines;
    }

    /**
     * Lists the directory. A file that is there all the while is found.
     *
     * @throws PgAgentException of kind LOCAL_IO if it, or the directory of the notes, cannot be read
     */
    static PgWal look(Path dataDirectory) throws PgAgentException {
        Path directory = dataDirectory.resolve("pg_wal");
        List<String> notes = names(directory.resolve("archive_status"));
        List<String> files = names(directory);
        List<String> done = new ArrayList<>();
        Set<Timeline> archivedTimelines = new HashSet<>();
        for (String note : notes) {
            if (note.endsWith(DONE)) {
                String file = note.substring(0, note.length() - DONE.length());
                if (ArchiveFile.find(file).orElse(null) instanceof ArchiveFile.Segment segment) {
                    archivedTimelines.add(segment.timeline());
                }
                if (Collections.binarySearch(files, file) >= 0) {
                    done.add(file);
                }
            }
        }
        return new PgWal(directory, files, done, archivedTimelines);
    }

    private static List<String> names(Path directory) throws PgAgentException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                names.add(entry.getFileName().toString());
            }
        } catch (DirectoryIteratorException e) {
            throw unreadable(directory, e.getCause());
        } catch (IOException e) {
            throw unreadable(directory, e);
        }
        Collections.sort(names);
        return names;
    }

    private static PgAgentException unreadable(Path path, IOException cause) {
        return new PgAgentException(
                ErrorKind.LOCAL_IO,
                path + " cannot be read: " + FileSystemReason.of(cause),
                "Run pgagent as the operating system user that runs PostgreSQL, and see that the data directory is whole.",
                cause);
    }

    /** The archive files that are there and that the server believes to be archived, in ascending order of their names. */
    List<ArchiveFile> done() {
        return done.stream().map(ArchiveFile::find).flatMap(Optional::stream).toList();
    }

    boolean has(String fileName) {
        return Collections.binarySearch(files, fileName) >= 0;
    }

    /** Whether the server has archived a segment of a timeline, as it believes; one that does not archive never has. */
    boolean hasArchived(Timeline timeline) {
        return archivedTimelines.contains(timeline);
    }

    Path path(String fileName) {
        return directory.resolve(fileName);
    }
}
