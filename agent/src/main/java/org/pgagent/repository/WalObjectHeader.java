package org.pgagent.repository;

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
 * <p>It is an {@link ObjectFrame}.
 *
 * @param file the name under which PostgreSQL handed the file over
 * @param size original bytes
 * @param hash of the original bytes
 * @param systemIdentifier of the cluster that wrote the file
 */
public record WalObjectHeader(
        String file, Codec codec, long size, ContentHash hash, SystemIdentifier systemIdentifier) {
    public static final int FORMAT = 1;
    public static final int BYTES = ObjectFrame.BYTES;

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
        return ObjectFrame.of(new Line(FORMAT, file, codec.toString(), size, hash.toString(), systemIdentifier));
    }

    /**
     * Reads the first {@link #BYTES} bytes of an object.
     *
     * @param where the object, for messages
     * @throws PgAgentException of kind CORRUPTED if they are no such header, INCOMPATIBLE if it is of a later format
     */
    static WalObjectHeader parse(byte[] bytes, Object where) throws PgAgentException {
        byte[] json = ObjectFrame.json(bytes).orElseThrow(() -> notOne(where));
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
