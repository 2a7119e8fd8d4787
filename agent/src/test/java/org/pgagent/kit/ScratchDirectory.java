package org.pgagent.kit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A directory for one test, which the server's user can reach, unlike JUnit's own temporary directories. Removed when it
 * is closed, or else with the JVM.
 */
public final class ScratchDirectory implements AutoCloseable {
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final int TRIES_MAX = 100;
    private static final long ROOM_LEAST_BYTES = 8L << 30;
    private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(ScratchDirectory::removeAll, "scratch directories"));
    }

    private final Path path;

    private ScratchDirectory(Path path) {
        this.path = path;
    }

    /**
     * A new empty directory that everybody can read and the server's user owns: in a file system without a disk where there
     * is one with room, for syncing, and the many files of clusters that come and go, cost little there.
     */
    public static ScratchDirectory create() {
        return createIn(hasRoom(MEMORY) ? MEMORY : Path.of(System.getProperty("java.io.tmpdir")));
    }

    /** Programs cannot be run in every such file system. */
    private static boolean hasRoom(Path memory) {
        try (Stream<String> mounts = Files.lines(Path.of("/proc/mounts"))) {
            return Files.isWritable(memory)
                    && Files.getFileStore(memory).getUsableSpace() > ROOM_LEAST_BYTES
                    && mounts.noneMatch(mount -> mount.contains(" " + memory + " ") && mount.contains("noexec"));
        } catch (IOException e) {
            return false;
        }
    }

    private static ScratchDirectory createIn(Path parent) {
        try {
            // Short, because the path of a socket in it must stay below 108 bytes.
            Path path = Files.createTempDirectory(parent, "pgagent-");
            OPEN.add(path);
            ToolRun.successOf("chmod", "755", path.toString());
            ServerUser.current().own(path);
            return new ScratchDirectory(path);
        } catch (IOException e) {
            throw new AssertionError("no temporary directory", e);
        }
    }

    public Path path() {
        return path;
    }

    public Path resolve(String child) {
        return path.resolve(child);
    }

    /** A new directory in this one, owned by the server's user, with the mode that a data directory must have. */
    public Path createPrivate(String child) {
        return create(child, "700");
    }

    /** A new directory in this one, owned by the server's user, that everybody can read. */
    public Path createReadable(String child) {
        return create(child, "755");
    }

    private Path create(String child, String mode) {
        Path directory = path.resolve(child);
        ToolRun.successOf("mkdir", "-m", mode, directory.toString());
        ServerUser.current().own(directory);
        return directory;
    }

    @Override
    public void close() {
        remove(path);
    }

    private static void removeAll() {
        ServerProcess.endAll();
        OPEN.forEach(ScratchDirectory::remove);
    }

    /** What the server had called, such as a push, outlives it by a moment and may make another file. */
    private static void remove(Path path) {
        List<String> command = List.of("rm", "-rf", path.toString());
        ToolRun run = ToolRun.of(command);
        for (int tries = 1; tries < TRIES_MAX && run.exitStatus() != 0; tries++) {
            run = ToolRun.of(command);
        }
        run.requireSuccess();
        OPEN.remove(path);
    }
}
