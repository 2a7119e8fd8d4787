package org.pgagent.serve;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Collections;
import java.util.Set;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;
import org.pgagent.wal.ArchivingNode;
import org.pgagent.wal.OwnUser;

/**
 * Where the agent of a data directory has its things: lock and spool in a directory of its own below {@code pg_wal}, the socket
 * in {@code pg_dynshmem}, for pg_rewind stumbles over a socket in {@code pg_wal}. Neither is in anybody's backup.
 *
 * @param dataDirectory absolute
 */
public record AgentDirectory(Path dataDirectory) {
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> OTHERS = PosixFilePermissions.fromString("---rwxrwx");
    private static final Set<PosixFilePermission> OTHERS_THAT_WRITE = PosixFilePermissions.fromString("----w--w-");

    public Path path() {
        return dataDirectory.resolve(ArchivingNode.FILES);
    }

    public Path walDirectory() {
        return dataDirectory.resolve("pg_wal");
    }

    public Path spool() {
        return path().resolve("spool");
    }

    Path socket() {
        return socketDirectory().resolve("pgagent.sock");
    }

    /** Where the server and all tools look only for files of other names, and a socket is in nobody's way. */
    private Path socketDirectory() {
        return dataDirectory.resolve("pg_dynshmem");
    }

    Path lock() {
        return path().resolve("agent.lock");
    }

    /**
     * Makes the directory unless it is there, and looks whether it is private. In another user's {@code pg_wal} nothing is
     * made.
     *
     * @return who owns it, which is who runs this process
     * @throws PgAgentException of kind WRONG_OWNER if others may use it, LOCAL_IO if it cannot be made
     */
    UserPrincipal prepare() throws PgAgentException {
        try {
            UserPrincipal self = OwnUser.requireOwnerOf(walDirectory());
            requirePrivate(path(), self, OTHERS);
            requirePrivate(socketDirectory(), self, OTHERS_THAT_WRITE);
            return self;
        } catch (PgAgentException e) {
            throw e;
        } catch (IOException e) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    "the agent's directory " + path() + " cannot be used: " + FileSystemReason.of(e),
                    "Run pgagent as the operating system user that runs PostgreSQL, and give the data directory with"
                            + " --pgdata.",
                    e);
        }
    }

    private static void requirePrivate(Path directory, UserPrincipal self, Set<PosixFilePermission> forbidden)
            throws IOException {
        try {
            Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
        } catch (FileAlreadyExistsException e) {
            // looked at below
        }
        PosixFileAttributes attributes =
                Files.readAttributes(directory, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isDirectory()
                || !attributes.owner().equals(self)
                || !Collections.disjoint(attributes.permissions(), forbidden)) {
            throw new PgAgentException(
                    ErrorKind.WRONG_OWNER,
                    directory + " is no directory of " + self.getName() + " alone; it belongs to "
                            + attributes.owner().getName() + " with permissions "
                            + PosixFilePermissions.toString(attributes.permissions()),
                    "Run pgagent as the operating system user that runs PostgreSQL, and take others' rights away.");
        }
    }
}
