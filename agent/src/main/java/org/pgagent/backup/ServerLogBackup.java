package org.pgagent.backup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import org.pgagent.chunk.ChunkEncoder;
import org.pgagent.chunk.Compression;
import org.pgagent.chunk.ContentHash;
import org.pgagent.chunk.RunningHash;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.DataPath;
import org.pgagent.repository.LogFileName;
import org.pgagent.repository.LogPiece;
import org.pgagent.repository.ServerLogPolicy;
import org.pgagent.repository.ServerLogs;
import org.pgagent.repository.StoredLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores the server's log files: of each file what the repository does not have of it. A file that only grew is read from its
 * beginning, to know that it is still the same, and what is new is stored. A file of another content under a known name is
 * stored whole, as another generation. Nothing is changed in the server's directory.
 *
 * <p>A file that cannot be read is told and passed over. Takes two pieces of memory, and the names in the directory.
 */
public final class ServerLogBackup {
    private static final Logger LOG = LoggerFactory.getLogger(ServerLogBackup.class);
    private static final int FAILURES_TOLD_MAX = 20;
    private static final DateTimeFormatter GENERATION =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private final ServerLogs logs;
    private final ServerLogPolicy policy;
    private final Compression compression;
    private final Clock clock;
    private final Cancellation cancellation;
    private final ByteBuffer piece = ByteBuffer.allocate(LogPiece.BYTES_MAX);
    private Stored sum = new Stored(0, 0, 0, 0);

    /** For one run. */
    public ServerLogBackup(
            ServerLogs logs, ServerLogPolicy policy, Compression compression, Surroundings surroundings) {
        this.logs = logs;
        this.policy = policy;
        this.compression = compression;
        this.clock = surroundings.clock();
        this.cancellation = surroundings.cancellation();
    }

    /** What goes on around it. */
    public record Surroundings(Clock clock, Cancellation cancellation) {}

    /**
     * What there was.
     *
     * @param files how many log files that the policy keeps
     * @param bytes their sizes
     * @param storedBytes what was stored now
     * @param failed how many could not be read
     */
    public record Stored(long files, long bytes, long storedBytes, long failed) {
        private Stored plus(long moreFiles, long moreBytes, long moreStored) {
            return new Stored(files + moreFiles, bytes + moreBytes, storedBytes + moreStored, failed);
        }
    }

    /**
     * Stores what is new in a directory.
     *
     * @throws PgAgentException of kind LOCAL_IO if the directory cannot be read, or a kind of the store's; what was stored until
     *     then stays, and the next run goes on
     */
    public Stored store(Path directory) throws IOException {
        NameList names = names(directory);
        long keptFrom = keptFrom(directory, names);
        ServerLogs.Walk stored = logs.walk();
        try (ChunkEncoder encoder = new ChunkEncoder(compression)) {
            for (DataPath name : names) {
                cancellation.check();
                Optional<StoredLog> newest = newest(stored, name.name());
                Optional<Seen> seen = look(directory, name.name());
                if (seen.isPresent() && seen.get().modifiedMillis() >= keptFrom) {
                    sum = sum.plus(1, seen.get().size(), 0);
                    try {
                        store(seen.get(), newest, encoder);
                    } catch (NoSuchFileException e) {
                        LOG.debug(
                                "a log file went away while it was to be read file={}",
                                seen.get().path());
                    } catch (PgAgentException e) {
                        throw e;
                    } catch (IOException e) {
                        failed(SourceEntries.unreadable(seen.get().path(), e));
                    }
                }
            }
        }
        return sum;
    }

    /** The names of what lies there, as keys have them, and in the order of keys. */
    private NameList names(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    "there is no directory " + directory + " with the server's log files",
                    "The server's log_directory says where they are; pgagent must run on the server's host.");
        }
        NameList names = new NameList();
        for (DataPath name : SourceEntries.names(directory)) {
            Optional<String> encoded = LogFileName.encode(name.bytes());
            if (encoded.isPresent()) {
                names.add(encoded.get().getBytes(StandardCharsets.US_ASCII));
            } else {
                failed(new PgAgentException(
                        ErrorKind.LOCAL_IO,
                        "the name of the log file " + name + " is too long for a key",
                        "Rename it."));
            }
        }
        names.sort();
        return names;
    }

    private void failed(PgAgentException reason) {
        sum = new Stored(sum.files(), sum.bytes(), sum.storedBytes(), sum.failed() + 1);
        if (sum.failed() <= FAILURES_TOLD_MAX) {
            LOG.warn("a log file of the server is not stored: {}", reason.getMessage());
        }
    }

    /** Since when files are stored: what would be expired at once is not. */
    private long keptFrom(Path directory, NameList names) throws IOException {
        ServerLogPolicy.Moment moment = policy.moment();
        if (policy.files().isPresent()) {
            for (DataPath name : names) {
                look(directory, name.name()).ifPresent(seen -> moment.see(seen.modifiedMillis()));
            }
        }
        return moment.millis(clock.instant());
    }

    /** A log file as it was at one moment. */
    private record Seen(String name, Path path, long size, long modifiedMillis) {}

    /** Links and directories are no log files, and an empty file says nothing. */
    private static Optional<Seen> look(Path directory, String name) throws PgAgentException {
        Path path = LogFileName.decode(name).under(directory);
        Optional<PosixFileAttributes> attributes = SourceEntries.attributes(path, LinkOption.NOFOLLOW_LINKS);
        return attributes
                .filter(found -> found.isRegularFile() && found.size() > 0)
                .map(found -> new Seen(
                        name,
                        path,
                        found.size(),
                        Math.min(
                                LogPiece.MODIFIED_MAX_MILLIS,
                                Math.max(0, found.lastModifiedTime().toMillis()))));
    }

    /** The newest content of a name that is stored; both lists are in the same order. */
    private static Optional<StoredLog> newest(ServerLogs.Walk stored, String name) throws IOException {
        Optional<StoredLog> newest = Optional.empty();
        Optional<String> next = stored.nextFile();
        while (next.isPresent() && next.get().compareTo(name) <= 0) {
            Optional<StoredLog> found = stored.next();
            if (next.get().equals(name)) {
                newest = found;
            }
            next = stored.nextFile();
        }
        return newest;
    }

    private void store(Seen seen, Optional<StoredLog> newest, ChunkEncoder encoder) throws IOException {
        Optional<LogPiece> last = newest.flatMap(StoredLog::last);
        boolean unchanged = last.filter(
                        known -> known.end() == seen.size() && known.modifiedMillis() == seen.modifiedMillis())
                .isPresent();
        if (unchanged) {
            return;
        }
        try (FileChannel channel = FileChannel.open(seen.path(), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            RunningHash hash = new RunningHash();
            boolean grew = last.isPresent() && continues(last.get(), channel, hash);
            if (!grew) {
                hash = new RunningHash();
                channel.position(0);
            }
            String generation = grew ? last.get().generation() : generation(newest);
            append(new Target(seen, generation, encoder), channel, hash);
        }
    }

    private record Target(Seen seen, String generation, ChunkEncoder encoder) {}

    /** Reads what is stored already, and leaves the channel behind it; false if it is another content. */
    private boolean continues(LogPiece last, FileChannel channel, RunningHash hash) throws IOException {
        if (channel.size() < last.end()) {
            return false;
        }
        while (hash.size() < last.end()) {
            cancellation.check();
            piece.clear().limit((int) Math.min(piece.capacity(), last.end() - hash.size()));
            if (!fill(channel)) {
                return false;
            }
            hash.update(piece.array(), 0, piece.limit());
        }
        try {
            return logs.fileHash(last).equals(hash.hash());
        } catch (PgAgentException e) {
            if (e.kind() != ErrorKind.CORRUPTED && e.kind() != ErrorKind.OBJECT_MISSING) {
                throw e;
            }
            LOG.warn("a log file is stored anew: {}", e.getMessage());
            return false;
        }
    }

    private void append(Target target, FileChannel channel, RunningHash hash) throws IOException {
        Seen seen = target.seen();
        while (hash.size() < seen.size()) {
            cancellation.check();
            piece.clear().limit((int) Math.min(piece.capacity(), seen.size() - hash.size()));
            if (!fill(channel)) {
                LOG.debug("a log file was cut while it was read file={}", seen.path());
                return;
            }
            piece.flip();
            long start = hash.size();
            hash.update(piece.array(), 0, piece.limit());
            ContentHash file = hash.hash();
            LogPiece stored = new LogPiece(seen.name(), target.generation(), start, hash.size(), seen.modifiedMillis());
            sum = sum.plus(0, 0, logs.put(stored, piece, file, target.encoder()));
        }
    }

    /** Reads up to the buffer's limit; false if the file ends before. */
    private boolean fill(FileChannel channel) throws IOException {
        while (piece.hasRemaining()) {
            if (channel.read(piece) < 0) {
                return false;
            }
        }
        return true;
    }

    /** Later than any that is stored of the name, also if the clock was set back. */
    private String generation(Optional<StoredLog> newest) {
        String now = GENERATION.format(clock.instant());
        return newest.filter(stored -> stored.generation().compareTo(now) >= 0)
                .map(stored -> GENERATION.format(
                        GENERATION.parse(stored.generation(), Instant::from).plusSeconds(1)))
                .orElse(now);
    }
}
