package org.pgagent.kit;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;

/** Something of another user, whoever runs the tests. */
public final class SomebodyElses {
    private static final String NOBODY = "65534";

    private SomebodyElses() {}

    /** A directory that this user does not own: a new one if that can be had, or else one of root's. */
    public static Path directoryIn(Path parent) throws IOException {
        Path usr = Path.of("/usr");
        if (!Files.getOwner(usr).equals(self())) {
            return usr;
        }
        Path directory = Files.createDirectory(parent.resolve("somebody-elses"));
        ToolRun.successOf("chown", NOBODY, directory.toString());
        return directory;
    }

    /** A user that does not run this process. */
    public static UserPrincipal user() throws IOException {
        UserPrincipalLookupService users = FileSystems.getDefault().getUserPrincipalLookupService();
        UserPrincipal nobody = users.lookupPrincipalByName(NOBODY);
        return nobody.equals(self()) ? users.lookupPrincipalByName("root") : nobody;
    }

    private static UserPrincipal self() throws IOException {
        return Files.getOwner(Path.of("/proc/self"));
    }
}
