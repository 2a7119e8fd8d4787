package org.pgagent.restore;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * The file that tells a data directory that is being restored from any other: made first, removed last. A restore that was
 * interrupted goes on only from the same backup into the same directories.
 *
 * @param tablespaces where they go, by oid
 * @param walDirectory null if {@code pg_wal} is a directory
 */
record RestoreMarker(
        int format,
        String cluster,
        String systemIdentifier,
        String backup,
        Map<String, String> tablespaces,
        String walDirectory) {
    static final String FILE_NAME = "pgagent-restore.json";
    static final int FORMAT = 1;

    /** What a process leaves that is killed before it has made the marker: nothing yet. */
    static final String TEMPORARY_NAME = FILE_NAME + ".tmp";

    private static final int SIZE_MAX_BYTES = 16 << 20;
    private static final JsonMapper JSON = new JsonMapper();

    /** What the data directory of a restore is marked with. */
    static RestoreMarker of(RestorePlan plan) {
        Map<String, String> tablespaces = new TreeMap<>();
        plan.tablespaces()
                .forEach(tablespace -> tablespaces.put(
                        tablespace.oid().orElseThrow(), tablespace.path().toString()));
        return new RestoreMarker(
                FORMAT,
                plan.cluster(),
                plan.backup().source().systemIdentifier().toString(),
                plan.backup().id().value(),
                tablespaces,
                plan.walDirectory().map(Path::toString).orElse(null));
    }

    /** The marker of a directory; empty if it has none. */
    static Optional<RestoreMarker> find(Path dataDirectory) throws IOException {
        Path file = dataDirectory.resolve(FILE_NAME);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try {
            if (Files.size(file) > SIZE_MAX_BYTES) {
                throw new IOException("it has " + Files.size(file) + " bytes");
            }
            RestoreMarker marker = JSON.readValue(Files.readAllBytes(file), RestoreMarker.class);
            if (marker == null || marker.format != FORMAT || marker.backup == null || marker.tablespaces == null) {
                throw new IOException("it is not a marker of format " + FORMAT);
            }
            return Optional.of(marker);
        } catch (IOException e) {
            throw new PgAgentException(
                    ErrorKind.TARGET_DIRECTORY,
                    "the marker of an interrupted restore, " + file + ", cannot be read: " + e.getMessage(),
                    "Empty " + dataDirectory + " and restore again.",
                    e);
        }
    }

    /** Whether somebody, perhaps this process, is restoring into the directory right now. */
    static boolean isHeld(Path dataDirectory) throws IOException {
        try (Held held = hold(dataDirectory)) {
            return held == null;
        }
    }

    /**
     * Writes this marker, unless it is there, and holds it: nobody else restores into the directory meanwhile.
     *
     * @throws PgAgentException of kind ALREADY_RUNNING if somebody does
     */
    Held place(Path dataDirectory, FileAccess access) throws IOException {
        if (find(dataDirectory).filter(this::equals).isEmpty()) {
            Path temporary = dataDirectory.resolve(TEMPORARY_NAME);
            Files.deleteIfExists(temporary);
            Files.createFile(temporary, access.attribute(0600));
            Files.write(temporary, json());
            DirectorySync.syncOne(temporary);
            Files.move(temporary, dataDirectory.resolve(FILE_NAME), StandardCopyOption.ATOMIC_MOVE);
            DirectorySync.syncOne(dataDirectory);
        }
        Held held = hold(dataDirectory);
        if (held == null) {
            throw new PgAgentException(
                    ErrorKind.ALREADY_RUNNING,
                    "another pgagent is restoring into " + dataDirectory,
                    "Wait for it, or end it and run this again.");
        }
        return held;
    }

    private byte[] json() throws JsonProcessingException {
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
    }

    /** Null if somebody else holds it. */
    private static Held hold(Path dataDirectory) throws IOException {
        Path file = dataDirectory.resolve(FILE_NAME);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return new Held(file, channel);
            }
        } catch (OverlappingFileLockException byThisProcess) {
            // Told like any other.
        }
        channel.close();
        return null;
    }

    /** The marker while a restore works; closing it lets go and leaves the file. */
    static final class Held implements AutoCloseable {
        private final Path file;
        private final FileChannel channel;

        private Held(Path file, FileChannel channel) {
            this.file = file;
            this.channel = channel;
        }

        /** Says that the restore is complete. */
        void remove() throws IOException {
            Files.delete(file);
            DirectorySync.syncOne(file.getParent());
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
