package org.pgagent.restore.drill;

import java.io.IOException;
import java.nio.file.Path;

/** A process of its own that removes a tree, for a test that needs a user whom file modes bind. */
public final class RemovalInChild {
    private RemovalInChild() {}

    public static void main(String[] arguments) throws IOException {
        TreeRemoval.remove(Path.of(arguments[0]));
    }
}
