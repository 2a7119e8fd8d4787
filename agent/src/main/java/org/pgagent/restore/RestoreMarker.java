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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupRecord;

/**
 * The file that tells a data directory that is being restored from any other: made before anything else, removed when all is
 * done. A restore that was interrupted goes on only from the same backup into the same directories. Each directory outside of
 * the data directory has the same in a file of another name, so that two restores never share one.
 *
 * @param restore tells this restore from any other, whatever their directories are called
 * @param dataDirectory where it was begun, for people
 * @param tablespaces where they go, by oid
 * @param walDirectory null if {@code pg_wal} is a directory
 * @param syncFailed whether something that was written did not reach the disk: then nobody goes on
 */
record RestoreMarker(
        int format,
        String restore,
        String dataDirectory,
        String cluster,
        String systemIdentifier,
        String backup,
        Map<String, String> tablespaces,
        String walDirectory,
        boolean syncFailed) {
    static final String FILE_NAME = "pgagent-restore.json";

    /** The marker in a tablespace's location or in the directory for pg_wal. */
    static final String PART_FILE_NAME = "pgagent-restore-part.json";

    static final int FORMAT = 2;

    private static final int SIZE_MAX_BYTES = 16 << 20;
    private static final JsonMapper JSON = new JsonMapper();

    /** What the data directory of a restore is marked with. */
    static RestoreMarker of(RestorePlan plan) {
        Map<String, String> tablespaces = new TreeMap<>();
        plan.tablespaces()
                .forEach(tablespace -> tablespaces.put(
                        tablespace.oid().orElseThrow(), tablespace.path().toString()));
        RestoreDestination destination =
                new RestoreDestination(plan.dataDirectory(), TablespaceMapping.NONE, plan.walDirectory(), plan.owner());
        return of(plan.cluster(), plan.backup(), destination, tablespaces);
    }

    /** The same before there is a plan. */
    static RestoreMarker of(
            String cluster, BackupRecord backup, RestoreDestination destination, Map<String, String> tablespaces) {
        return new RestoreMarker(
                FORMAT,
                UUID.randomUUID().toString(),
                destination.dataDirectory().toString(),
                cluster,
                backup.source().systemIdentifier().toString(),
                backup.id().value(),
                tablespaces,
                destination.walDirectory().map(Path::toString).orElse(null),
                false);
    }

    /** Whether both are of the same backup into the same directories, though perhaps begun at different times. */
    boolean isLike(RestoreMarker other) {
        return new RestoreMarker(
                        format,
                        other.restore,
                        other.dataDirectory,
                        cluster,
                        systemIdentifier,
                        backup,
                        tablespaces,
                        walDirectory,
                        syncFailed)
                .equals(other);
    }

    /** The same for a restore that was begun before, perhaps when the data directory had another name. */
    RestoreMarker goingOn(RestoreMarker begun) {
        return new RestoreMarker(
                format,
                begun.restore,
                dataDirectory,
                cluster,
                systemIdentifier,
                backup,
                tablespaces,
                walDirectory,
                syncFailed);
    }

    /** All directories of the restore, the data directory first. */
    List<Path> directories() {
        List<Path> directories = new ArrayList<>(List.of(Path.of(dataDirectory)));
        tablespaces.values().forEach(tablespace -> directories.add(Path.of(tablespace)));
        Optional.ofNullable(walDirectory).map(Path::of).ifPresent(directories::add);
        return directories;
    }

    /** The marker of a data directory; empty if it has none, or one that nobody has come to write. */
    static Optional<RestoreMarker> find(Path dataDirectory) throws IOException {
        return findFile(dataDirectory.resolve(FILE_NAME));
    }

    /** The same of a directory outside of the data directory. */
    static Optional<RestoreMarker> findPart(Path directory) throws IOException {
        return findFile(directory.resolve(PART_FILE_NAME));
    }

    private static Optional<RestoreMarker> findFile(Path file) throws IOException {
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
        if (marker == null || marker.format != FORMAT || !marker.hasAll()) {
            throw new IOException("it is not a marker of format " + FORMAT);
        }
        return marker;
    }

    private boolean hasAll() {
        return restore != null && dataDirectory != null && backup != null && tablespaces != null;
    }

    private static PgAgentException unreadable(Path file, IOException e) {
        return new PgAgentException(
                ErrorKind.TARGET_DIRECTORY,
                "the marker of an interrupted restore, " + file + ", cannot be read: " + FileSystemReason.of(e),
                "See that no cluster and no other restore uses " + file.getParent() + ", empty it and restore again.",
                e);
    }

    /** Whether this is all that was made by a process that was killed before it had written its marker. */
    static boolean isUnwritten(Path file) throws IOException {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && Files.size(file) == 0;
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
        return placeFile(dataDirectory.resolve(FILE_NAME), beginning, access);
    }

    /**
     * Writes this marker into a directory outside of the data directory. Once it is written, everybody else sees whose the
     * directory is, and the marker of the data directory decides who goes on.
     *
     * @throws PgAgentException as {@link #place}
     */
    void placePart(Path directory, FileAccess access) throws IOException {
        placeFile(directory.resolve(PART_FILE_NAME), RestorePlan.Beginning.ANEW, access)
                .close();
    }

    private Held placeFile(Path file, RestorePlan.Beginning beginning, FileAccess access) throws IOException {
        Path directory = file.getParent();
        if (beginning == RestorePlan.Beginning.ANEW) {
            try {
                Files.createFile(file, access.attribute(0600));
            } catch (FileAlreadyExistsException e) {
                // Left by a process that was killed, or just made by another, which the lock decides.
            }
        }
        Object before = inode(file).orElseThrow(() -> changed(directory));
        Held held = hold(file);
        if (held == null) {
            throw new PgAgentException(
                    ErrorKind.ALREADY_RUNNING,
                    "another pgagent is restoring into " + directory,
                    "Wait for it, or end it and run this again.");
        }
        try {
            if (!inode(file).equals(Optional.of(before))) {
                throw changed(directory);
            }
            Optional<RestoreMarker> found = held.read();
            boolean asPlanned = beginning == RestorePlan.Beginning.ANEW
                    ? found.isEmpty()
                    : found.filter(this::isLike).isPresent();
            if (!asPlanned) {
                throw changed(directory);
            }
            if (found.isEmpty()) {
                held.write(this);
                DirectorySync.syncOne(directory);
            }
            return held;
        } catch (IOException e) {
            held.close();
            throw e;
        }
    }

    static PgAgentException changed(Path directory) {
        return new PgAgentException(
                ErrorKind.TARGET_DIRECTORY,
                "another restore was begun or completed in " + directory + " since this one was planned",
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

        /** What it says. */
        RestoreMarker marker() throws IOException {
            return read().orElseThrow(() -> changed(file.getParent()));
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
            RestoreMarker marker = marker();
            write(new RestoreMarker(
                    marker.format,
                    marker.restore,
                    marker.dataDirectory,
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
