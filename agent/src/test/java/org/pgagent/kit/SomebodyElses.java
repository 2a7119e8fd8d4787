package org.pgagent.kit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Something of another user, whoever runs the tests. */
public final class SomebodyElses {
    private static final String NOBODY = "65534";

    private SomebodyElses() {}

    /** A directory that this user does not own: a new one if that can be had, or else one of root's. */
    public static Path directoryIn(Path parent) throws IOException {
        Path usr = Path.of("/usr");
        if (!Files.getOwner(usr).equals(Files.getOwner(Path.of("/proc/self")))) {
            return usr;
        }
        Path directory = Files.createDirectory(parent.resolve("somebody-elses"));
        ToolRun.successOf("chown", NOBODY, directory.toString());
        return directory;
    }
}
