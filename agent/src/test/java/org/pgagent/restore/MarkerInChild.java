package org.pgagent.restore;

import java.io.IOException;
import java.nio.file.Path;

/** Another process that looks whether somebody restores into a directory: a process does not see its own locks. */
public final class MarkerInChild {
    private MarkerInChild() {}

    public static void main(String[] arguments) throws IOException {
        System.out.print(RestoreMarker.isHeld(Path.of(arguments[0])) ? "held" : "free");
    }
}
