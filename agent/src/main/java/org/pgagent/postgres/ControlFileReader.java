package org.pgagent.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;

/**
 * Reads the control file of a running cluster. The server may be writing it at the same moment, so an image whose
 * checksum does not fit is read again, up to {@link #READS_MAX} times. Thread-safe.
 */
public final class ControlFileReader {
    public static final int READS_MAX = 10;

    /** What pg_controldata and its kin wait between two reads, times two (controldata_utils.c). */
    private static final Duration PAUSE = Duration.ofMillis(20);

    /** What to do before the file is read again. */
    @FunctionalInterface
    public interface Pause {
        void beforeNextRead() throws InterruptedException;
    }

    private final Pause pause;

    /** A reader that waits some milliseconds before it reads again. */
    public ControlFileReader() {
        this(() -> Thread.sleep(PAUSE.toMillis()));
    }

    public ControlFileReader(Pause pause) {
        this.pause = pause;
    }

    /**
     * Reads {@code global/pg_control} of a data directory.
     *
     * @throws PgAgentException of kind INCOMPATIBLE for a version that is not supported, LOCAL_IO if the file is
     *     missing, unreadable, or no read gave a whole image, INTERRUPTED if the thread was interrupted while it waited
     */
    public ControlFileImage read(Path dataDirectory) throws PgAgentException {
        Path file = dataDirectory.resolve("global").resolve("pg_control");
        byte[] image = readOnce(file);
        for (int reads = 1; reads < READS_MAX && !ControlFile.isIntact(image); reads++) {
            waitForWriter(file);
            image = readOnce(file);
        }
        return new ControlFileImage(image, ControlFile.parse(image));
    }

    private void waitForWriter(Path file) throws PgAgentException {
        try {
            pause.beforeNextRead();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PgAgentException(
                    ErrorKind.INTERRUPTED, "interrupted while reading " + file, "Run the command again.", e);
        }
    }

    private static byte[] readOnce(Path file) throws PgAgentException {
        try (var in = Files.newInputStream(file)) {
            // One byte more than it may have, so that a file that is too long does not look right.
            return in.readNBytes(ControlFile.SIZE_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO, "there is no control file " + file, "Name the cluster's data directory.", e);
        } catch (IOException e) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    "cannot read " + file + ": " + FileSystemReason.of(e),
                    "Run pgagent as the operating system user that owns the data directory.",
                    e);
        }
    }
}
