package org.pgagent.restore;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;

/** The operating system user and group to whom the restored files shall belong. Only root may give files away. */
public record FileOwner(UserPrincipal user, GroupPrincipal group) {
    /**
     * Looks up {@code user} or {@code user:group}, by names or numbers; without a group, the user's own.
     *
     * @throws PgAgentException of kind WRONG_OWNER if there is no such user or group on this host
     */
    public static FileOwner parse(String text) throws PgAgentException {
        int colon = text.indexOf(':');
        String user = colon < 0 ? text : text.substring(0, colon);
        UserPrincipalLookupService names = FileSystems.getDefault().getUserPrincipalLookupService();
        try {
            UserPrincipal owner = names.lookupPrincipalByName(user);
            String group = colon < 0 ? primaryGroup(user) : text.substring(colon + 1);
            return new FileOwner(owner, names.lookupPrincipalByGroupName(group));
        } catch (UserPrincipalNotFoundException e) {
            throw new PgAgentException(
                    ErrorKind.WRONG_OWNER,
                    "there is no user or no group '" + text + "' on this host",
                    "Give the user that PostgreSQL runs as, such as --owner postgres or --owner postgres:postgres",
                    e);
        } catch (IOException e) {
            throw new PgAgentException(
                    ErrorKind.WRONG_OWNER,
                    "the owner '" + text + "' cannot be looked up: " + FileSystemReason.of(e),
                    "Give user and group, such as --owner postgres:postgres",
                    e);
        }
    }

    /** Java cannot tell it; the {@code id} program asks whatever directory the host has. */
    private static String primaryGroup(String user) throws IOException {
        Process id =
                new ProcessBuilder("id", "-g", user).redirectErrorStream(true).start();
        String answer = new String(id.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (!answer.matches("[0-9]+")) {
            throw new IOException("its group is unknown: " + answer);
        }
        return answer;
    }

    /** Gives a file, directory or link away; a link itself, not what it points to. */
    public void own(Path path) throws IOException {
        PosixFileAttributeView view =
                Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        view.setGroup(group);
        view.setOwner(user);
    }
}
