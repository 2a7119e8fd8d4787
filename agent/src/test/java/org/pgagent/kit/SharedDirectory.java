package org.pgagent.kit;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A directory in the temporary directory that is filled once and then used by every test run of this user on this machine.
 * It appears under its name only when it is complete, so that several JVMs may make it at the same time.
 */
final class SharedDirectory {
    private SharedDirectory() {}

    /** Fills a new directory. */
    @FunctionalInterface
    interface Filling {
        void fill(Path fresh) throws IOException;
    }

    static Path named(String name, Filling filling) {
        String user = System.getProperty("user.name");
        Path directory = Path.of(System.getProperty("java.io.tmpdir"), "pgagent-" + user + "-" + name);
        try {
            if (!Files.exists(directory)) {
                Path fresh = Files.createTempDirectory("pgagent-" + user + "-fresh-");
                try {
                    ToolRun.successOf("chmod", "755", fresh.toString());
                    filling.fill(fresh);
                    Files.move(fresh, directory, StandardCopyOption.ATOMIC_MOVE);
                } catch (FileSystemException e) {
                    if (!Files.exists(directory)) {
                        throw e;
                    }
                } finally {
                    ToolRun.successOf("rm", "-rf", fresh.toString());
                }
            }
            String owner = Files.getOwner(directory).getName();
            if (!owner.equals(user)) {
                throw new AssertionError(directory + " belongs to " + owner + ", not to " + user + "; remove it");
            }
            return directory;
        } catch (IOException e) {
            throw new AssertionError("cannot make " + directory, e);
        }
    }
}
