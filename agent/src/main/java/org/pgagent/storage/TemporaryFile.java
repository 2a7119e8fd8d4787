package org.pgagent.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file under a temporary name that is removed when it is closed, unless it was renamed. Used by one thread. */
final class TemporaryFile implements AutoCloseable {
    private static final int WRITTEN_AT_ONCE = 1 << 20;

    private final Path path;
    private final FileChannel channel;

    private TemporaryFile(Path path) throws IOException {
        this.path = path;
        this.channel = FileChannel.open(path, StandardOpenOption.WRITE);
    }

    /** A fresh one in the folder of {@code file}; the folder is made. */
    static TemporaryFile beside(Path file, RepositoryDirectory directory) throws IOException {
        return new TemporaryFile(directory.createBeside(file));
    }

    Path path() {
        return path;
    }

    void append(ByteBuffer content) throws IOException {
        int end = content.limit();
        while (content.position() < end) {
            // For each thread Java keeps memory as long as what was written at once.
            content.limit(Math.min(end, content.position() + WRITTEN_AT_ONCE));
            channel.write(content);
        }
    }

    void append(Path part) throws IOException {
        long size = Files.size(part);
        if (size > 0) {
            append(part, new ByteRange(0, size));
        }
    }

    void append(Path part, ByteRange range) throws IOException {
        try (FileChannel source = FileChannel.open(part, StandardOpenOption.READ)) {
            for (long done = range.start(); done < range.end(); ) {
                long moved = source.transferTo(done, range.end() - done, channel);
                if (moved == 0) {
                    throw new IOException(part + " was cut while it was copied");
                }
                done += moved;
            }
        }
    }

    void sync() throws IOException {
        channel.force(true);
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            Files.deleteIfExists(path);
        }
    }
}
