package org.pgagent.wal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/** The operating system user of this process. What it makes in the directory of another one, that one cannot use. */
public final class OwnUser {
    private OwnUser() {}

    /**
     * Looks whether a directory is this user's, who is returned; to be asked before anything is made there.
     *
     * @throws PgAgentException of kind WRONG_OWNER if it is another one's
     */
    public static UserPrincipal requireOwnerOf(Path directory) throws IOException {
        UserPrincipal self = Files.getOwner(Path.of("/proc/self"));
        UserPrincipal owner = Files.getOwner(directory);
        if (!self.equals(owner)) {
            throw new PgAgentException(
                    ErrorKind.WRONG_OWNER,
                    directory + " belongs to '" + owner.getName() + "', and this process is of '" + self.getName()
                            + "'",
                    "Run it as the server's user: sudo -u " + owner.getName() + " pgagent …");
        }
        return self;
    }
}
