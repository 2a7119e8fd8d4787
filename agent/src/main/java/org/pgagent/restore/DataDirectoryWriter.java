package org.pgagent.restore;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.pgagent.error.Cancellation;
import org.pgagent.postgres.DataPath;
import org.pgagent.transfer.ChunkSink;
import org.pgagent.transfer.TransferProgress;

/**
 * Writes directories and files below a data directory, each with its mode, owner and modification time. Thread-safe; each
 * thread writes chunks through a sink of its own.
 *
 * <p>Makes nothing durable; that is {@link DirectorySync}'s work once all is written. A file whose last chunk never came
 * stays as it is: nothing tells it from a whole one, so its directory must not be usable before all is there.
 */
final class DataDirectoryWriter {
    private static final Set<OpenOption> CREATED = Set.of(CREATE, WRITE, TRUNCATE_EXISTING, LinkOption.NOFOLLOW_LINKS);
    private static final Set<OpenOption> REOPENED = Set.of(WRITE, LinkOption.NOFOLLOW_LINKS);

    /** What this process needs of a directory while it writes there. */
    private static final int OWNER_ALL = 0700;

    /** Of one call of the kernel: those of 512 KiB and more take it three to six times the CPU time (Linux 6.18, ext4). */
    private static final int WRITE_MAX_BYTES = 128 << 10;

    private final Path dataDirectory;
    private final FileAccess access;
    private final TransferProgress progress;
    private final Cancellation cancellation;
    private final List<ClosedDirectory> closed = new ArrayList<>();

    /** A directory whose mode forbids its owner to write, read or enter. */
    private record ClosedDirectory(Path path, int mode) {}

    DataDirectoryWriter(Path dataDirectory, FileAccess access, TransferProgress progress, Cancellation cancellation) {
        this.dataDirectory = dataDirectory;
        this.access = access;
        this.progress = progress;
        this.cancellation = cancellation;
    }

    /**
     * Makes a directory, and those above it that are still missing, or gives an existing one this mode and owner. Its owner
     * may write there, whatever the mode is, until {@link #closeDirectories}. For one thread.
     */
    void directory(DataPath path, int mode) throws IOException {
        Path directory = path.under(dataDirectory);
        try {
            makeDirectory(directory, mode | OWNER_ALL);
        } catch (IOException e) {
            throw LocalFailure.writing(directory, e);
        }
        if ((mode & OWNER_ALL) != OWNER_ALL) {
            closed.add(new ClosedDirectory(directory, mode));
        }
    }

    /** Gives all directories the modes that they shall have. Nothing can be written into some of them from then on. */
    void closeDirectories() throws IOException {
        for (int i = closed.size() - 1; i >= 0; i--) { // what is within before what is around it
            ClosedDirectory directory = closed.get(i);
            try {
                access.set(directory.path(), directory.mode());
            } catch (IOException e) {
                throw LocalFailure.writing(directory.path(), e);
            }
        }
    }

    private void makeDirectory(Path directory, int mode) throws IOException {
        try {
            Files.createDirectory(directory, access.attribute(mode));
            access.apply(directory, mode);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
            access.set(directory, mode);
        } catch (NoSuchFileException e) {
            if (directory.equals(dataDirectory)) {
                throw e;
            }
            makeDirectory(directory.getParent(), OWNER_ALL);
            makeDirectory(directory, mode);
        }
    }

    /** Makes a file without content. */
    void emptyFile(PendingFile file) throws IOException {
        Path path = file.path().under(dataDirectory);
        try {
            create(path, file.mode()).close();
            finish(path, file);
        } catch (IOException e) {
            throw LocalFailure.writing(path, e);
        }
    }

    /** Counts a file as restored whose content is there already, after giving it the mode, owner and time. */
    void keptFile(PendingFile file) throws IOException {
        Path path = file.path().under(dataDirectory);
        try {
            finish(path, file);
        } catch (IOException e) {
            throw LocalFailure.writing(path, e);
        }
        progress.advanced(file.size());
    }

    ChunkSink<PendingFile> openSink() {
        return new Sink();
    }

    private FileChannel create(Path path, int mode) throws IOException {
        try {
            return FileChannel.open(path, CREATED, access.attribute(mode));
        } catch (NoSuchFileException e) {
            makeDirectory(path.getParent(), OWNER_ALL);
        } catch (AccessDeniedException e) {
            // An interrupted restore may have left it with a mode that forbids writing.
            if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                throw e;
            }
            access.letWrite(path);
        }
        return FileChannel.open(path, CREATED, access.attribute(mode));
    }

    private void finish(Path path, PendingFile file) throws IOException {
        access.apply(path, file.mode());
        FileTime time = FileTime.from(file.modifiedAt());
        // With both times given, nothing has to be read.
        Files.getFileAttributeView(path, BasicFileAttributeView.class).setTimes(time, time, null);
        progress.fileDone();
    }

    /** Keeps the file of the last chunk open, since its next chunk mostly follows. */
    private final class Sink implements ChunkSink<PendingFile> {
        private PendingFile open;
        private Path path;
        private FileChannel channel;

        @Override
        public void write(PendingFile file, long fileOffset, ByteBuffer original) throws IOException {
            cancellation.check();
            int bytes = original.remaining();
            if (fileOffset + bytes > file.size()) {
                throw new IllegalArgumentException(
                        bytes + " bytes at " + fileOffset + " of " + file + ", which has " + file.size());
            }
            if (open == null || !open.equals(file)) {
                close();
                path = file.path().under(dataDirectory);
                open = file;
            }
            try {
                if (channel == null) {
                    channel = openChannel(file);
                }
                writeAll(file, original, fileOffset);
                if (file.written(bytes)) {
                    close();
                    finish(path, file);
                }
            } catch (IOException e) {
                throw LocalFailure.writing(path, e);
            }
            progress.advanced(bytes);
        }

        /** One thread at a time for a file: the kernel lets no more write either, and spins where a monitor waits. */
        private void writeAll(PendingFile file, ByteBuffer original, long fileOffset) throws IOException {
            int end = original.limit();
            synchronized (file) {
                for (long at = fileOffset; original.position() < end; ) {
                    original.limit(Math.min(end, original.position() + WRITE_MAX_BYTES));
                    at += channel.write(original, at);
                }
            }
        }

        private FileChannel openChannel(PendingFile file) throws IOException {
            synchronized (file) {
                return file.toBeCreated() ? create(path, file.mode()) : FileChannel.open(path, REOPENED);
            }
        }

        @Override
        public void close() throws IOException {
            open = null;
            if (channel != null) {
                FileChannel closing = channel;
                channel = null;
                closing.close();
            }
        }
    }
}
