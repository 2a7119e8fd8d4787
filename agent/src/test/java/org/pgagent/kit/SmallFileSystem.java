package org.pgagent.kit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file system of a few MiB in memory, which only root can mount. */
public final class SmallFileSystem implements AutoCloseable {
    private final Path path;

    private SmallFileSystem(Path path) {
        this.path = path;
    }

    public static SmallFileSystem create(Path mountPoint, int bytes) throws IOException {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can mount a file system that gets full");
        ToolRun.successOf("mount", "-t", "tmpfs", "-o", "size=" + bytes, "tmpfs", mountPoint.toString());
        return new SmallFileSystem(mountPoint);
    }

    public Path path() {
        return path;
    }

    /** Takes all room but some. */
    public void fill(Path filler, int freeBytes) throws IOException {
        byte[] block = new byte[4096];
        try (OutputStream out = Files.newOutputStream(filler, StandardOpenOption.CREATE_NEW)) {
            while (Files.getFileStore(path).getUsableSpace() > freeBytes) {
                out.write(block);
            }
        }
    }

    @Override
    public void close() {
        ToolRun.successOf("umount", path.toString());
    }
}
