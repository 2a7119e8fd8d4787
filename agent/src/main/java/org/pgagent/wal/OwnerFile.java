package org.pgagent.wal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;

/**
 * The file {@code pg_wal/pgsql_tmp.pgagent/owner}, by which a data directory is told apart from its copies: 32 random hexadecimal
 * digits, made once. Thread-safe, and safe against other processes.
 *
 * <p>No base backup has what lies in {@code pg_wal}. Other copies have it ({@code cp}, {@code rsync}, a target of pg_rewind),
 * so the file's inode number is the second half of the id: a copied file has another one, a restart of the host, a new host
 * name or a renamed directory changes nothing. A snapshot of a whole file system is the one copy that has the same id.
 */
final class OwnerFile {
    private static final int ID_BYTES = 16;
    private static final FileAttribute<?> FILE_MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<?> DIRECTORY_MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path directory;
    private final Path file;
    private final RandomGenerator random;

    OwnerFile(Path dataDirectory, RandomGenerator random) {
        this.directory = dataDirectory.resolve(ArchivingNode.FILES);
        this.file = directory.resolve("owner");
        this.random = random;
    }

    /**
     * The id; makes the file and its directory if they are not there, durably.
     *
     * @throws PgAgentException of kind LOCAL_IO or DISK_FULL if that fails, WRONG_OWNER if the process is not of the user
     *     whose data directory it is, and would leave files that the server's user cannot read
     */
    String id() throws PgAgentException {
        Optional<String> found = find();
        if (found.isPresent()) {
            return found.get();
        }
        try {
            OwnUser.requireOwnerOf(directory.getParent());
            create();
        } catch (IOException e) {
            throw failure("make", e);
        }
        return find().orElseThrow(() -> failure("find", new NoSuchFileException(file.toString())));
    }

    /** The id; empty if there is no such file. Writes nothing. */
    Optional<String> find() throws PgAgentException {
        try {
            String secret = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
            if (!secret.matches("[0-9a-f]{" + 2 * ID_BYTES + "}")) {
                throw new PgAgentException(
                        ErrorKind.LOCAL_IO,
                        file + " is not what pgagent wrote there",
                        "Remove it; then run 'pgagent adopt', for this data directory will have a new id.");
            }
            return Optional.of(secret + "-" + Files.getAttribute(file, "unix:ino"));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw failure("read", e);
        }
    }

    private void create() throws IOException {
        try {
            Files.createDirectory(directory, DIRECTORY_MODE);
            sync(directory.getParent());
        } catch (FileAlreadyExistsException e) {
            // made by the resident agent, or by another process in this moment
        }
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        String secret = HexFormat.of().formatHex(id);
        Path written = directory.resolve("owner." + secret.substring(0, 8));
        try {
            write(written, secret + "\n");
            Files.createLink(file, written); // unlike a renaming it leaves another process's file as it is
        } catch (FileAlreadyExistsException e) {
            // another process was quicker; this one has the same id as that one
        } finally {
            Files.deleteIfExists(written);
        }
        sync(directory);
    }

    private static void write(Path path, String text) throws IOException {
        try (FileChannel channel =
                FileChannel.open(path, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), FILE_MODE)) {
            ByteBuffer content = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
            while (content.hasRemaining()) {
                channel.write(content);
            }
            channel.force(true);
        }
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private PgAgentException failure(String what, IOException e) {
        if (e instanceof PgAgentException known) {
            return known;
        }
        return new PgAgentException(
                FileSystemReason.saysFull(e) ? ErrorKind.DISK_FULL : ErrorKind.LOCAL_IO,
                "cannot " + what + " " + file + ", which tells this data directory from its copies: "
                        + FileSystemReason.of(e),
                "Let the server's user own pg_wal/pgsql_tmp.pgagent and all that is in it, and see to room in pg_wal.",
                e);
    }
}
