package org.pgagent.repository;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.pgagent.chunk.Codec;
import org.pgagent.chunk.ContentHash;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ArchiveFile;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.storage.ObjectKey;

/**
 * What the object of an archive file says about itself, in its first {@link #BYTES} bytes; the stored bytes of the file
 * follow: one LZ4 or zstd frame, or the file as it is.
 *
 * <p>It is a skippable frame, which the formats of LZ4 (lz4_Frame_format.md) and zstd (RFC 8878, 3.1.2) share and which
 * their tools pass over: magic 0x184D2A50 and the payload's length, both 32 bits little-endian; then one line of JSON in
 * ASCII, filled up with spaces before its newline. The length is always the same, so that a reader can ask for just these
 * bytes, and a writer can leave room for them and fill them in when it has seen the whole file.
 *
 * @param file the name under which PostgreSQL handed the file over
 * @param size original bytes
 * @param hash of the original bytes
 * @param systemIdentifier of the cluster that wrote the file
 */
public record WalObjectHeader(
        String file, Codec codec, long size, ContentHash hash, SystemIdentifier systemIdentifier) {
    public static final int FORMAT = 1;
    public static final int BYTES = 512;

    private static final int MAGIC = 0x184D2A50;
    private static final int PAYLOAD_BYTES = BYTES - 8;

    public WalObjectHeader {
        ArchiveFile.parse(file);
        if (size < 0) {
            throw new IllegalArgumentException("archive file of " + size + " bytes");
        }
    }

    /** The JSON as it is written; the names are part of the repository format. */
    private record Line(
            int format, String file, String codec, long size, String xxh128, SystemIdentifier systemIdentifier) {
        WalObjectHeader toHeader() {
            if (file == null || codec == null || xxh128 == null || systemIdentifier == null) {
                throw new IllegalArgumentException("a field is missing");
            }
            return new WalObjectHeader(file, Codec.parse(codec), size, ContentHash.parse(xxh128), systemIdentifier);
        }
    }

    /** Whether both are of the same bytes, however they are compressed. */
    public boolean sameContent(WalObjectHeader other) {
        return size == other.size && hash.equals(other.hash);
    }

    /**
     * Makes sure that an object is the file that its key says.
     *
     * @throws PgAgentException of kind CORRUPTED if it is another one
     */
    public void requireFile(String expected, ObjectKey key) throws PgAgentException {
        if (!file.equals(expected)) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    key + " says that it is " + file,
                    "Somebody has copied or renamed objects in the repository; put them back.");
        }
    }

    /** The {@link #BYTES} bytes at the beginning of the object. */
    byte[] toBytes() {
        Line line = new Line(FORMAT, file, codec.toString(), size, hash.toString(), systemIdentifier);
        byte[] json;
        try {
            json = RepositoryJson.mapper().writeValueAsBytes(line);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot print " + line, e);
        }
        if (json.length > PAYLOAD_BYTES - 1) {
            throw new IllegalStateException("header of " + json.length + " bytes for " + file);
        }
        ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(MAGIC).putInt(PAYLOAD_BYTES).put(json);
        while (bytes.remaining() > 1) {
            bytes.put((byte) ' ');
        }
        bytes.put((byte) '\n');
        return bytes.array();
    }

    /**
     * Reads the first {@link #BYTES} bytes of an object.
     *
     * @param where the object, for messages
     * @throws PgAgentException of kind CORRUPTED if they are no such header, INCOMPATIBLE if it is of a later format
     */
    static WalObjectHeader parse(byte[] bytes, Object where) throws PgAgentException {
        ByteBuffer frame = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length != BYTES || frame.getInt() != MAGIC || frame.getInt() != PAYLOAD_BYTES) {
            throw notOne(where);
        }
        byte[] json = new String(bytes, 8, PAYLOAD_BYTES, StandardCharsets.US_ASCII)
                .strip()
                .getBytes(StandardCharsets.US_ASCII);
        Line line = RepositoryJson.read(json, Line.class, where);
        if (line.format != FORMAT) {
            throw new PgAgentException(
                    ErrorKind.INCOMPATIBLE,
                    where + " has format " + line.format + "; this pgagent knows " + FORMAT,
                    "Install a newer pgagent.");
        }
        try {
            return line.toHeader();
        } catch (IllegalArgumentException e) {
            throw RepositoryJson.unreadable(where, e);
        }
    }

    static PgAgentException notOne(Object where) {
        return new PgAgentException(
                ErrorKind.CORRUPTED,
                where + " does not begin like an archive file that pgagent stored",
                "See who else writes to this place; docs/repository-format.md says how such an object begins.");
    }
}
