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
import java.util.Set;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;

/**
 * Where the agent of a data directory has its socket, lock and spool: a directory of its own below {@code pg_wal}, which is
 * in nobody's backup, on the file system that fetched WAL goes to, and private like all of the data directory.
 *
 * @param dataDirectory absolute
 */
public record AgentDirectory(Path dataDirectory) {
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

    public Path path() {
        return walDirectory().resolve("pgagent");
    }

    public Path walDirectory() {
        return dataDirectory.resolve("pg_wal");
    }

    public Path spool() {
        return path().resolve("spool");
    }

    Path socket() {
        return path().resolve("agent.sock");
    }

    Path lock() {
        return path().resolve("agent.lock");
    }

    /**
     * Makes the directory unless it is there, and looks whether it is private.
     *
     * @return who owns it, which is who runs this process
     * @throws PgAgentException of kind WRONG_OWNER if others may use it, LOCAL_IO if it cannot be made
     */
    UserPrincipal prepare() throws PgAgentException {
        try {
            try {
                Files.createDirectory(path(), PosixFilePermissions.asFileAttribute(PRIVATE));
            } catch (FileAlreadyExistsException e) {
                // looked at below
            }
            PosixFileAttributes attributes =
                    Files.readAttributes(path(), PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            UserPrincipal self = Files.getOwner(Path.of("/proc/self"));
            if (!attributes.isDirectory()
                    || !attributes.owner().equals(self)
                    || !attributes.permissions().equals(PRIVATE)) {
                throw new PgAgentException(
                        ErrorKind.WRONG_OWNER,
                        path() + " is no directory of " + self.getName() + " alone; it belongs to "
                                + attributes.owner().getName() + " with permissions "
                                + PosixFilePermissions.toString(attributes.permissions()),
                        "Find out who made it, and remove it; the agent makes it anew.");
            }
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
}
