package org.pgagent.serve;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What makes an agent the only one of its data directory. The kernel frees it when the process ends, however it ends. */
final class AgentLock implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AgentLock.class);
    private static final long PAUSE_MILLIS = 20;

    private final Path file;
    private final FileChannel channel;
    private final Object identity;

    private AgentLock(Path file, FileChannel channel, Object identity) {
        this.file = file;
        this.channel = channel;
        this.identity = identity;
    }

    /**
     * Takes the lock.
     *
     * @param patience how long to wait for an agent that is about to end
     * @throws PgAgentException of kind ALREADY_RUNNING if another agent has it
     */
    static AgentLock take(AgentDirectory directory, Duration patience) throws PgAgentException {
        Path file = directory.lock();
        try {
            FileChannel channel = FileChannel.open(
                    file,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try {
                lock(file, channel, System.nanoTime() + patience.toNanos());
                noteProcess(channel);
                return new AgentLock(file, channel, identity(file));
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        } catch (PgAgentException e) {
            throw e;
        } catch (IOException e) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    file + " cannot be locked: " + FileSystemReason.of(e),
                    "Run pgagent as the operating system user that runs PostgreSQL.",
                    e);
        }
    }

    /** For whoever looks into the file. The lock is the kernel's, and holds where the file system has no room for this. */
    private static void noteProcess(FileChannel channel) {
        String process = ProcessHandle.current().pid() + "\n";
        try {
            channel.truncate(0).write(ByteBuffer.wrap(process.getBytes(StandardCharsets.US_ASCII)));
        } catch (IOException e) {
            LOG.warn("the lock is held, but its file does not say by whom: {}", FileSystemReason.of(e));
        }
    }

    private static void lock(Path file, FileChannel channel, long end) throws IOException {
        while (true) {
            if (got(channel)) {
                return;
            }
            if (System.nanoTime() - end > 0) {
                throw new PgAgentException(
                        ErrorKind.ALREADY_RUNNING,
                        "another agent serves this data directory already; its process id is in " + file,
                        "One agent is enough; to replace it, end that process first.");
            }
            pause();
        }
    }

    private static boolean got(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // another agent in this process
        }
    }

    private static void pause() throws PgAgentException {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PgAgentException(
                    ErrorKind.INTERRUPTED, "interrupted while waiting for another agent's end", "Try again.", e);
        }
    }

    /** Whether the lock's file is still the one in the directory: nobody has replaced or removed the data directory. */
    boolean stillThere() {
        try {
            return identity.equals(identity(file));
        } catch (IOException e) {
            return false;
        }
    }

    private static Object identity(Path file) throws IOException {
        return Files.getAttribute(file, "unix:ino");
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
