package org.pgagent.repository;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.pgagent.chunk.ChunkDecoder;
import org.pgagent.chunk.ChunkEncoder;
import org.pgagent.chunk.Codec;
import org.pgagent.chunk.ContentHash;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectListing;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/**
 * The log files of a cluster's server, in pieces, an object each. To list them takes one request for a thousand pieces, and no
 * object is read for it. For one thread at a time.
 */
public final class ServerLogs {
    private final ObjectStore store;
    private final ClusterKeys keys;

    public ServerLogs(ObjectStore store, ClusterKeys keys) {
        this.store = store;
        this.keys = keys;
    }

    /** The JSON in an object's frame; the names are part of the repository format. */
    private record Line(
            int format,
            String logFile,
            long start,
            String codec,
            int size,
            int storedSize,
            String crc32c,
            String xxh128,
            String fileXxh128) {
        StoredChunk chunk(ObjectKey key) throws PgAgentException {
            try {
                return new StoredChunk(
                        Codec.parse(codec),
                        size,
                        storedSize,
                        Integer.parseUnsignedInt(crc32c, 16),
                        ContentHash.parse(xxh128));
            } catch (IllegalArgumentException | NullPointerException e) {
                throw RepositoryJson.unreadable(key, e);
            }
        }
    }

    /**
     * Stores a piece, durably when this returns. One of the same content that is there already is a success.
     *
     * @param original its bytes, between position and limit of a heap buffer; neither is moved
     * @param file the hash of the file's bytes from its beginning to the piece's end
     * @return the bytes that the object takes
     * @throws ObjectChangedException if there is another content under its key
     */
    public long put(LogPiece piece, ByteBuffer original, ContentHash file, ChunkEncoder encoder) throws IOException {
        ByteBuffer stored = ByteBuffer.allocate(ChunkEncoder.storedSizeMax(original.remaining()));
        StoredChunk chunk = encoder.encode(original, stored);
        Line line = new Line(
                1,
                piece.file(),
                piece.start(),
                chunk.codec().toString(),
                chunk.originalSize(),
                chunk.storedSize(),
                String.format("%08x", chunk.storedCrc32c()),
                chunk.contentHash().toString(),
                file.toString());
        ByteBuffer object = ByteBuffer.allocate(ObjectFrame.BYTES + chunk.storedSize());
        object.put(ObjectFrame.of(line)).put(stored).flip();
        ObjectKey key = keys.serverLog(piece);
        try {
            store.put(key, object, WriteCondition.ifAbsent());
        } catch (ObjectChangedException e) {
            if (!fileHash(piece).equals(file)) {
                throw e;
            }
        }
        return object.capacity();
    }

    /** The hash of the file's bytes from its beginning to a piece's end; reads the first bytes of the object. */
    public ContentHash fileHash(LogPiece piece) throws IOException {
        ObjectKey key = keys.serverLog(piece);
        try (InputStream first = store.get(key, new ByteRange(0, ObjectFrame.BYTES))) {
            Line line = line(piece, first.readNBytes(ObjectFrame.BYTES));
            return ContentHash.parse(line.fileXxh128());
        } catch (IllegalArgumentException | NullPointerException e) {
            throw RepositoryJson.unreadable(key, e);
        }
    }

    /**
     * Reads a piece with one request, and makes sure that it is what was stored.
     *
     * @return its original bytes
     * @throws PgAgentException of kind CORRUPTED if it is not
     */
    public ByteBuffer read(LogPiece piece, ChunkDecoder decoder) throws IOException {
        ObjectKey key = keys.serverLog(piece);
        int sizeMax = ObjectFrame.BYTES + ChunkEncoder.storedSizeMax(piece.length());
        byte[] object = store.getSmall(key, sizeMax).bytes();
        StoredChunk chunk =
                line(piece, Arrays.copyOf(object, ObjectFrame.BYTES)).chunk(key);
        if (chunk.originalSize() != piece.length()) {
            throw other(key);
        }
        ByteBuffer original = ByteBuffer.allocate(piece.length());
        decoder.decode(chunk, ByteBuffer.wrap(object, ObjectFrame.BYTES, object.length - ObjectFrame.BYTES), original);
        return original;
    }

    private Line line(LogPiece piece, byte[] frame) throws PgAgentException {
        ObjectKey key = keys.serverLog(piece);
        byte[] json = ObjectFrame.json(frame).orElseThrow(() -> other(key));
        Line line = RepositoryJson.read(json, Line.class, key);
        if (!piece.file().equals(line.logFile()) || line.start() != piece.start()) {
            throw other(key);
        }
        return line;
    }

    private static PgAgentException other(ObjectKey key) {
        return new PgAgentException(
                ErrorKind.CORRUPTED,
                key + " is not the piece of a log file that its name says",
                "Somebody has copied, renamed or cut objects in the repository; put them back.");
    }

    /** Removes pieces, a thousand with each request. */
    public void delete(List<LogPiece> pieces) throws IOException {
        for (int begin = 0; begin < pieces.size(); begin += ObjectStore.DELETE_MAX_KEYS) {
            int end = Math.min(pieces.size(), begin + ObjectStore.DELETE_MAX_KEYS);
            store.delete(
                    pieces.subList(begin, end).stream().map(keys::serverLog).toList());
        }
    }

    /** Goes through all that is stored, from its beginning. */
    public Walk walk() {
        return new Walk();
    }

    /** One file's contents after another's, in the order of their names in keys; holds one page of the listing. */
    public final class Walk {
        private final Deque<LogPiece> page = new ArrayDeque<>();
        private Optional<String> from = Optional.empty();
        private boolean ended;

        private Walk() {}

        /** The name of the next file; empty at the end. */
        public Optional<String> nextFile() throws IOException {
            return peek().map(LogPiece::file);
        }

        /** The next content, older ones of a file before newer ones; empty at the end. */
        public Optional<StoredLog> next() throws IOException {
            List<LogPiece> pieces = new ArrayList<>();
            Optional<LogPiece> piece = peek();
            while (piece.isPresent()
                    && (pieces.isEmpty()
                            || (piece.get().file().equals(pieces.get(0).file())
                                    && piece.get()
                                            .generation()
                                            .equals(pieces.get(0).generation())))) {
                pieces.add(page.remove());
                piece = peek();
            }
            return pieces.isEmpty() ? Optional.empty() : Optional.of(new StoredLog(pieces));
        }

        private Optional<LogPiece> peek() throws IOException {
            while (page.isEmpty() && !ended) {
                ObjectListing listing = store.list(keys.serverLogsPrefix(), ListDepth.ALL, from);
                for (ObjectInfo object : listing.objects()) {
                    LogPiece.ofObjectName(object.key().name()).ifPresent(page::add);
                }
                from = listing.next();
                ended = from.isEmpty();
            }
            return Optional.ofNullable(page.peek());
        }
    }
}
