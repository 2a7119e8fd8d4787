package org.pgagent.restore;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupRecord;

/**
 * The file that tells a data directory that is being restored from any other: made first, removed last. A restore that was
 * interrupted goes on only from the same backup into the same directories.
 *
 * @param tablespaces where they go, by oid
 * @param walDirectory null if {@code pg_wal} is a directory
 * @param syncFailed whether something that was written did not reach the disk: then nobody goes on
 */
record RestoreMarker(
        int format,
        String cluster,
        String systemIdentifier,
        String backup,
        Map<String, String> tablespaces,
        String walDirectory,
        boolean syncFailed) {
    static final String FILE_NAME = "pgagent-restore.json";
    static final int FORMAT = 1;

    private static final int SIZE_MAX_BYTES = 16 << 20;
    private static final JsonMapper JSON = new JsonMapper();

    /** What the data directory of a restore is marked with. */
    static RestoreMarker of(RestorePlan plan) {
        Map<String, String> tablespaces = new TreeMap<>();
        plan.tablespaces()
                .forEach(tablespace -> tablespaces.put(
                        tablespace.oid().orElseThrow(), tablespace.path().toString()));
        return of(plan.cluster(), plan.backup(), tablespaces, plan.walDirectory());
    }

    /** The same before there is a plan. */
    static RestoreMarker of(
            String cluster, BackupRecord backup, Map<String, String> tablespaces, Optional<Path> walDirectory) {
        return new RestoreMarker(
                FORMAT,
                cluster,
                backup.source().systemIdentifier().toString(),
                backup.id().value(),
                tablespaces,
                walDirectory.map(Path::toString).orElse(null),
                false);
    }

    /** The marker of a directory; empty if it has none, or one that nobody has come to write. */
    static Optional<RestoreMarker> find(Path dataDirectory) throws IOException {
        Path file = dataDirectory.resolve(FILE_NAME);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || isUnwritten(file)) {
            return Optional.empty();
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.of(read(channel));
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static RestoreMarker read(FileChannel channel) throws IOException {
        if (channel.size() > SIZE_MAX_BYTES) {
            throw new IOException("it has " + channel.size() + " bytes");
        }
        ByteBuffer json = ByteBuffer.allocate((int) channel.size());
        while (json.hasRemaining() && channel.read(json, json.position()) >= 0) {
            // the rest follows
        }
        RestoreMarker marker = JSON.readValue(json.array(), 0, json.position(), RestoreMarker.class);
        if (marker == null || marker.format != FORMAT || marker.backup == null || marker.tablespaces == null) {
            throw new IOException("it is not a marker of format " + FORMAT);
        }
        return marker;
    }

    private static PgAgentException unreadable(Path file, IOException e) {
        return new PgAgentException(
                ErrorKind.TARGET_DIRECTORY,
                "the marker of an interrupted restore, " + file + ", cannot be read: " + FileSystemReason.of(e),
                "Empty " + file.getParent() + " and restore again.",
                e);
    }

    /** Whether this is all that was made by a process that was killed before it had written its marker. */
    static boolean isUnwritten(Path file) throws IOException {
        return file.endsWith(FILE_NAME)
                && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                && Files.size(file) == 0;
    }

    /** Whether somebody, perhaps this process, is restoring into the directory right now. */
    static boolean isHeld(Path dataDirectory) throws IOException {
        Path file = dataDirectory.resolve(FILE_NAME);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || !Files.isWritable(file)) {
            return false;
        }
        try (Held held = hold(file)) {
            return held == null;
        }
    }

    /**
     * Writes this marker, or finds it there, and holds it: nobody else restores into the directory meanwhile.
     *
     * <p>It is written where it lies, under the lock: whoever put another file in its place would lock that one.
     *
     * @throws PgAgentException of kind ALREADY_RUNNING if somebody else restores; TARGET_DIRECTORY if another restore was
     *     begun or completed there since this one was planned
     */
    Held place(Path dataDirectory, RestorePlan.Beginning beginning, FileAccess access) throws IOException {
        Path file = dataDirectory.resolve(FILE_NAME);
        if (beginning == RestorePlan.Beginning.ANEW) {
            try {
                Files.createFile(file, access.attribute(0600));
            } catch (FileAlreadyExistsException e) {
                // Left by a process that was killed, or just made by another, which the lock decides.
            }
        }
        Object before = inode(file).orElseThrow(() -> changed(dataDirectory));
        Held held = hold(file);
        if (held == null) {
            throw new PgAgentException(
                    ErrorKind.ALREADY_RUNNING,
                    "another pgagent is restoring into " + dataDirectory,
                    "Wait for it, or end it and run this again.");
        }
        try {
            if (!inode(file).equals(Optional.of(before))) {
                throw changed(dataDirectory);
            }
            Optional<RestoreMarker> found = held.read();
            Optional<RestoreMarker> expected =
                    beginning == RestorePlan.Beginning.ANEW ? Optional.empty() : Optional.of(this);
            if (!found.equals(expected)) {
                throw changed(dataDirectory);
            }
            if (found.isEmpty()) {
                held.write(this);
                DirectorySync.syncOne(dataDirectory);
            }
            return held;
        } catch (IOException e) {
            held.close();
            throw e;
        }
    }

    private static PgAgentException changed(Path dataDirectory) {
        return new PgAgentException(
                ErrorKind.TARGET_DIRECTORY,
                "another restore was begun or completed in " + dataDirectory + " since this one was planned",
                "Plan again.");
    }

    /** What tells a file from another one of the same name, while it is open. */
    private static Optional<Object> inode(Path file) throws IOException {
        try {
            return Optional.of(Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private byte[] json() throws JsonProcessingException {
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
    }

    /** Null if somebody else holds it. */
    private static Held hold(Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
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

        /** Through the channel that has the lock: closing another one of this file would give the lock up (POSIX). */
        private Optional<RestoreMarker> read() throws IOException {
            try {
                return channel.size() == 0 ? Optional.empty() : Optional.of(RestoreMarker.read(channel));
            } catch (IOException e) {
                throw unreadable(file, e);
            }
        }

        /** The file, which nobody in this process may open and close meanwhile. */
        Path file() {
            return file;
        }

        private void write(RestoreMarker marker) throws IOException {
            ByteBuffer json = ByteBuffer.wrap(marker.json());
            try {
                for (long at = 0; json.hasRemaining(); ) {
                    at += channel.write(json, at);
                }
                channel.truncate(json.limit());
            } catch (IOException e) {
                channel.truncate(0);
                throw e;
            }
            channel.force(true);
        }

        /** Says that nobody may go on here. A marker that cannot be written is left empty, with which nobody can either. */
        void syncFailed() throws IOException {
            RestoreMarker marker = read().orElseThrow(() -> changed(file.getParent()));
            write(new RestoreMarker(
                    marker.format,
                    marker.cluster,
                    marker.systemIdentifier,
                    marker.backup,
                    marker.tablespaces,
                    marker.walDirectory,
                    true));
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
