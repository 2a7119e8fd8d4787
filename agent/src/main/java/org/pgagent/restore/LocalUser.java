package org.pgagent.restore;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;

/** The operating system user that this process runs as, and the user's home directory. */
public record LocalUser(UserPrincipal principal, Path home) {
    /** Asks the kernel. */
    public static LocalUser current() throws IOException {
        return new LocalUser(
                Files.getOwner(Path.of("/proc/self")),
                Path.of(System.getProperty("user.home")).toAbsolutePath());
    }

    public boolean isRoot() throws IOException {
        return principal.equals(
                FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName("0"));
    }

    @Override
    public String toString() {
        return principal.getName();
    }
}
