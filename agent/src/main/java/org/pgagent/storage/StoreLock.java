package org.pgagent.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * Keeps the threads of this process and other processes from replacing objects at the same time. Held for the few system
 * calls between looking at a file and renaming another one over it, never while data is written.
 *
 * <p>The file stays open as long as the store, because closing it gives up the lock that anything in this process holds on it
 * (POSIX {@code fcntl} locks belong to the process). For the same reason a store that is closed waits for the lock first, as
 * another one of this process on the same directory may hold it.
 */
final class StoreLock implements AutoCloseable {
    private static final Duration WAIT_MAX = Duration.ofSeconds(30);
    private static final long POLL_NANOS = 2_000_000;

    private final Path file;
    private final ReentrantLock threads = new ReentrantLock();
    private FileChannel channel;

    StoreLock(Path file) {
        this.file = file;
    }

    /** What is done while the lock is held. */
    @FunctionalInterface
    interface Action<T> {
        T run() throws IOException;
    }

    <T> T holding(Action<T> action) throws IOException {
        threads.lock();
        try {
            FileLock held = acquire();
            try {
                return action.run();
            } finally {
                held.release();
            }
        } finally {
            threads.unlock();
        }
    }

    private FileLock acquire() throws IOException {
        if (channel == null || !channel.isOpen()) {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        }
        long deadline = System.nanoTime() + WAIT_MAX.toNanos();
        while (true) {
            Optional<FileLock> lock = tryLock();
            if (lock.isPresent()) {
                return lock.get();
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new PgAgentException(
                        ErrorKind.INTERRUPTED, "interrupted while waiting for " + file, "Run the command again.");
            }
            if (System.nanoTime() - deadline > 0) {
                throw new PgAgentException(
                        ErrorKind.STORE_FAILED,
                        "another process has held the lock " + file + " for " + WAIT_MAX.toSeconds() + " s",
                        "Find it with 'fuser " + file + "'.");
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private Optional<FileLock> tryLock() throws IOException {
        try {
            return Optional.ofNullable(channel.tryLock());
        } catch (OverlappingFileLockException e) {
            return Optional.empty(); // held by another store of this process
        }
    }

    @Override
    public void close() throws IOException {
        threads.lock();
        try (FileChannel closing = channel) {
            if (closing != null && closing.isOpen()) {
                awaitOthers();
            }
        } finally {
            threads.unlock();
        }
    }

    /** Until this store has the lock, which closing the file gives back, or another process, from which nothing can be taken. */
    private void awaitOthers() throws IOException {
        long deadline = System.nanoTime() + WAIT_MAX.toNanos();
        while (isHeldHere() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** Whether another store of this process has it; if nobody has, this one gets it. */
    private boolean isHeldHere() throws IOException {
        try {
            channel.tryLock();
            return false;
        } catch (OverlappingFileLockException e) {
            return true;
        }
    }
}
