package org.pgagent.restore.drill;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;
import org.pgagent.restore.FileOwner;

/**
 * The directory of one drill: all that it makes on this host. Its marker is locked as long as the process lives that made it,
 * and removed last; so a later drill knows what was left behind.
 */
final class DrillDirectory implements AutoCloseable {
    static final String PREFIX = "pgagent-drill-";
    static final String MARKER = "pgagent-drill";

    /** What a marker begins with; the id of the process follows. */
    static final String MARKED = "a restore drill of pgagent, process ";

    /** With its zero byte; sys/un.h. */
    private static final int SOCKET_PATH_MAX_BYTES = 108;

    private final Path path;
    private final Optional<FileOwner> owner;
    private final FileChannel marker;

    private DrillDirectory(Path path, Optional<FileOwner> owner, FileChannel marker) {
        this.path = path;
        this.owner = owner;
        this.marker = marker;
    }

    /**
     * A name for a new one. Makes nothing.
     *
     * @throws PgAgentException of kind TARGET_DIRECTORY if there can be none
     */
    static Path choose(Path place, RandomGenerator random) throws PgAgentException {
        if (!Files.isDirectory(place)) {
            throw new PgAgentException(
                    ErrorKind.TARGET_DIRECTORY,
                    "there is no directory " + place + " to make the drill's directory in",
                    "Create it, or name another one: --scratch DIR");
        }
        Path path = place.resolve(String.format("%s%08x", PREFIX, random.nextInt()));
        String socket = path.resolve("run")
                .resolve(".s.PGSQL." + PrivateConfiguration.PORT + ".lock")
                .toString();
        if (socket.getBytes(StandardCharsets.UTF_8).length >= SOCKET_PATH_MAX_BYTES) {
            throw new PgAgentException(
                    ErrorKind.TARGET_DIRECTORY,
                    "the path " + place + " is too long: the server's socket " + socket + " would not fit into "
                            + SOCKET_PATH_MAX_BYTES + " bytes",
                    "Name a directory with a shorter path: --scratch DIR");
        }
        return path;
    }

    /** Makes it, for the user that the server will run as. */
    static DrillDirectory create(Path path, Optional<FileOwner> owner) throws PgAgentException {
        try {
            makePrivate(path);
            FileChannel marker =
                    FileChannel.open(path.resolve(MARKER), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            DrillDirectory directory = new DrillDirectory(path, owner, marker);
            if (marker.tryLock() == null) {
                throw new IOException("somebody else has locked " + MARKER);
            }
            String text = MARKED + ProcessHandle.current().pid() + "\n";
            marker.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
            makePrivate(directory.sockets());
            directory.give(path);
            directory.give(directory.sockets());
            return directory;
        } catch (IOException e) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    "the drill's directory " + path + " cannot be made: " + FileSystemReason.of(e),
                    "Check the permissions and the room there, or name another place: --scratch DIR",
                    e);
        }
    }

    private static void makePrivate(Path directory) throws IOException {
        Files.createDirectory(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    private void give(Path file) throws IOException {
        if (owner.isPresent()) {
            owner.get().own(file);
        }
    }

    /** Makes a file that the server's user can read. */
    void write(Path file, byte[] content) throws IOException {
        Files.write(file, content);
        give(file);
    }

    Path path() {
        return path;
    }

    static Path data(Path path) {
        return path.resolve("data");
    }

    /** Below which each tablespace has a directory. */
    static Path tablespaces(Path path) {
        return path.resolve("tablespaces");
    }

    Path data() {
        return data(path);
    }

    Path sockets() {
        return path.resolve("run");
    }

    Path configuration() {
        return path.resolve("postgresql.conf");
    }

    Path hba() {
        return path.resolve("pg_hba.conf");
    }

    Path ident() {
        return path.resolve("pg_ident.conf");
    }

    /** What a server or a tool printed. */
    Path log(String of) {
        return path.resolve(of + ".log");
    }

    /** Lets go of the marker: from now on the directory is as one that was left behind. */
    @Override
    public void close() throws IOException {
        marker.close();
    }

    /** Removes everything. */
    void remove() throws IOException {
        TreeRemoval.remove(path);
        close();
    }

    /** Leaves it to whoever wants to look, for good. */
    void leave() throws IOException {
        Files.delete(path.resolve(MARKER));
        close();
    }
}
