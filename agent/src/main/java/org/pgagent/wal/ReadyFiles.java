package org.pgagent.wal;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import org.pgagent.postgres.ArchiveFile;

/**
 * The archive files that a server has noted as ready ({@code pg_wal/archive_status/NAME.ready}; pgarch.c). Every answer is a
 * fresh look; memory does not follow the number of files. Thread-safe.
 */
public final class ReadyFiles {
    private static final String DIRECTORY = "archive_status";
    private static final String SUFFIX = ".ready";
    private static final String DONE_SUFFIX = ".done";

    /** As the archiver does: history files first, then by name, which is by age within a timeline. */
    private static final Comparator<ArchiveFile> ARCHIVER_ORDER = Comparator.comparing(
                    (ArchiveFile file) -> !(file instanceof ArchiveFile.History))
            .thenComparing(ArchiveFile::fileName);

    private final Path walDirectory;

    /** @param walDirectory the server's {@code pg_wal} */
    public ReadyFiles(Path walDirectory) {
        this.walDirectory = walDirectory;
    }

    /**
     * What waits to be archived.
     *
     * @param oldest when the oldest of them was noted; empty if none waits
     */
    public record Backlog(long files, Optional<Instant> oldest) {
        /** How long the oldest has waited; nothing if none waits. */
        public Duration waited(Instant now) {
            Duration age = oldest.map(since -> Duration.between(since, now)).orElse(Duration.ZERO);
            return age.isNegative() ? Duration.ZERO : age;
        }
    }

    /** Counts what waits. */
    public Backlog backlog() throws IOException {
        Tally tally = new Tally();
        forEachNote(tally);
        return new Backlog(tally.files, Optional.ofNullable(tally.oldest));
    }

    private static final class Tally implements NoteReader {
        private long files;
        private Instant oldest;

        @Override
        public void read(ArchiveFile file, Path note) throws IOException {
            Instant noted;
            try {
                noted = Files.getLastModifiedTime(note).toInstant();
            } catch (NoSuchFileException e) {
                return; // archived meanwhile
            }
            files++;
            oldest = oldest == null || noted.isBefore(oldest) ? noted : oldest;
        }
    }

    /** The files that the archiver will hand over next, in its order; those of unknown kinds are left out. */
    List<Path> next(int max) throws IOException {
        PriorityQueue<ArchiveFile> first = new PriorityQueue<>(ARCHIVER_ORDER.reversed());
        forEachNote((file, note) -> {
            if (!(file instanceof ArchiveFile.Opaque)) {
                first.add(file);
            }
            if (first.size() > max) {
                first.remove();
            }
        });
        List<ArchiveFile> ordered = new ArrayList<>(first);
        Collections.sort(ordered, ARCHIVER_ORDER);
        return ordered.stream()
                .map(file -> walDirectory.resolve(file.fileName()))
                .toList();
    }

    /** Whether a file still waits to be archived. */
    boolean waits(Path file) {
        return Files.exists(statusDirectory().resolve(file.getFileName() + SUFFIX));
    }

    /**
     * Whether a segment in some server's {@code pg_wal} may still be written: it was neither handed over nor archived.
     * Files that lie elsewhere are as complete as they will be.
     */
    static boolean mayStillBeWritten(Path segment) {
        Path notes = segment.resolveSibling(DIRECTORY);
        // In this order, for the archiver renames the one to the other.
        return Files.isDirectory(notes)
                && Files.notExists(notes.resolve(segment.getFileName() + SUFFIX))
                && Files.notExists(notes.resolve(segment.getFileName() + DONE_SUFFIX));
    }

    /** Takes a file that is ready, and the note that says so. */
    private interface NoteReader {
        void read(ArchiveFile file, Path note) throws IOException;
    }

    private void forEachNote(NoteReader reader) throws IOException {
        try (DirectoryStream<Path> notes = Files.newDirectoryStream(statusDirectory(), "*" + SUFFIX)) {
            for (Path note : notes) {
                String name = note.getFileName().toString();
                Optional<ArchiveFile> file = named(name.substring(0, name.length() - SUFFIX.length()));
                if (file.isPresent()) {
                    reader.read(file.get(), note);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static Optional<ArchiveFile> named(String name) {
        try {
            return Optional.of(ArchiveFile.parse(name));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // no server made this note
        }
    }

    private Path statusDirectory() {
        return walDirectory.resolve(DIRECTORY);
    }
}
