package org.pgagent.restore;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.pgagent.chunk.ChunkDecoder;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.DataPath;
import org.pgagent.repository.LogFileName;
import org.pgagent.repository.LogPiece;
import org.pgagent.repository.ServerLogs;
import org.pgagent.repository.StoredLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the server's log files back, all that the repository has. What is in the directory already stays as it is, byte for
 * byte; a file that has the beginning of what is stored, and no more, gets the rest, so that an interrupted run goes on. Of
 * several contents that a name had, the newest gets the name, and the older ones have the time of their generation behind it.
 */
public final class ServerLogRestore {
    private static final Logger LOG = LoggerFactory.getLogger(ServerLogRestore.class);
    private static final int FILE_MODE = 0600;
    private static final int DIRECTORY_MODE = 0700;
    private static final int COMPARED_BYTES = 64 << 10;

    private final ServerLogs logs;
    private final Path directory;
    private final FileAccess access;
    private final Cancellation cancellation;
    private Outcome outcome = new Outcome(0, 0, 0, 0);

    /**
     * For one run.
     *
     * @param owner whom the files shall belong to; empty if to this process's user
     */
    public ServerLogRestore(ServerLogs logs, Path directory, Optional<FileOwner> owner, Cancellation cancellation) {
        this.logs = logs;
        this.directory = directory;
        this.access = FileAccess.forExistingFiles(owner);
        this.cancellation = cancellation;
    }

    /**
     * What came of it.
     *
     * @param files that are as they are stored now
     * @param bytes their sizes
     * @param left files that were there with another content, and were left alone
     * @param damaged files of which the repository does not have everything any more
     */
    public record Outcome(long files, long bytes, long left, long damaged) {}

    /**
     * Does it, durably when it returns.
     *
     * @throws org.pgagent.error.PgAgentException of kind LOCAL_IO or DISK_FULL if a file cannot be written, or a kind of
     *     the store's
     */
    public Outcome run() throws IOException {
        makeDirectory();
        ServerLogs.Walk walk = logs.walk();
        try (ChunkDecoder decoder = new ChunkDecoder()) {
            for (Optional<StoredLog> log = walk.next(); log.isPresent(); log = walk.next()) {
                boolean newest = !walk.nextFile().equals(Optional.of(log.get().file()));
                restore(log.get(), newest ? "" : "." + log.get().generation(), decoder);
            }
        }
        try {
            DirectorySync.syncOne(directory);
        } catch (IOException e) {
            throw LocalFailure.writing(directory, e);
        }
        return outcome;
    }

    private void makeDirectory() throws IOException {
        try {
            if (!Files.isDirectory(directory)) {
                MissingDirectories.above(directory).make();
                access.set(directory, DIRECTORY_MODE);
            }
        } catch (IOException e) {
            throw LocalFailure.writing(directory, e);
        }
    }

    private void restore(StoredLog log, String suffix, ChunkDecoder decoder) throws IOException {
        Path file = path(log.file(), suffix);
        long size = log.last().map(LogPiece::end).orElse(0L);
        if (log.hasGap()) {
            damaged(file, "bytes are missing after the first " + size);
        }
        if (size == 0) {
            return;
        }
        try {
            if (write(file, log.chain(), decoder)) {
                outcome = new Outcome(outcome.files + 1, outcome.bytes + size, outcome.left, outcome.damaged);
            } else {
                LOG.warn("a log file that is there has another content and stays file={}", file);
                outcome = new Outcome(outcome.files, outcome.bytes, outcome.left + 1, outcome.damaged);
            }
        } catch (PgAgentException e) {
            if (e.kind() != ErrorKind.CORRUPTED && e.kind() != ErrorKind.OBJECT_MISSING) {
                throw e;
            }
            damaged(file, e.getMessage()); // the other files are as good as before
        }
    }

    private Path path(String file, String suffix) {
        ByteArrayOutputStream name = new ByteArrayOutputStream();
        name.writeBytes(LogFileName.decode(file).bytes());
        name.writeBytes(suffix.getBytes(StandardCharsets.US_ASCII));
        return DataPath.ofBytes(name.toByteArray()).under(directory);
    }

    private void damaged(Path file, String how) {
        LOG.warn("the repository does not have all of a log file any more file={} reason=\"{}\"", file, how);
        outcome = new Outcome(outcome.files, outcome.bytes, outcome.left, outcome.damaged + 1);
    }

    /** False if there is something else under the name. */
    private boolean write(Path file, List<LogPiece> chain, ChunkDecoder decoder) throws IOException {
        boolean there = Files.exists(file, LinkOption.NOFOLLOW_LINKS);
        if (there && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try {
            if (!there) {
                Files.createFile(file, access.attribute(FILE_MODE));
                access.apply(file, FILE_MODE);
            }
            try (FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
                long before = channel.size();
                for (LogPiece piece : chain) {
                    cancellation.check();
                    if (!write(channel, before, piece, logs.read(piece, decoder))) {
                        return false;
                    }
                }
                channel.force(true);
                return before <= chain.get(chain.size() - 1).end();
            }
        } catch (IOException e) {
            throw LocalFailure.writing(file, e);
        }
    }

    /** Compares what was there before, and writes what comes after it. */
    private static boolean write(FileChannel channel, long before, LogPiece piece, ByteBuffer content)
            throws IOException {
        int known = (int) Math.max(0, Math.min(piece.length(), before - piece.start()));
        if (!sameAs(channel, piece.start(), content.slice(0, known))) {
            return false;
        }
        content.position(known);
        for (long at = piece.start() + known; content.hasRemaining(); ) {
            at += channel.write(content, at);
        }
        return true;
    }

    private static boolean sameAs(FileChannel channel, long position, ByteBuffer expected) throws IOException {
        ByteBuffer found = ByteBuffer.allocate(COMPARED_BYTES);
        long at = position;
        while (expected.hasRemaining()) {
            found.clear().limit(Math.min(found.capacity(), expected.remaining()));
            int got = channel.read(found, at);
            if (got < 0) {
                return false;
            }
            found.flip();
            ByteBuffer wanted = expected.slice(expected.position(), got);
            if (!found.equals(wanted)) {
                return false;
            }
            expected.position(expected.position() + got);
            at += got;
        }
        return true;
    }
}
