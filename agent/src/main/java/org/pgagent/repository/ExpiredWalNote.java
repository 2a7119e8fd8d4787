package org.pgagent.repository;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.WalSegment;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectContent;
import org.pgagent.storage.ObjectMissingException;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/** The object {@code wal-expired.json} of a cluster. Thread-safe. */
public final class ExpiredWalNote {
    /** Tens of thousands of timelines fit. */
    private static final int NOTE_MAX_BYTES = 4 << 20;

    /** Only another expiry of the same cluster writes it. */
    private static final int ATTEMPTS_MAX = 10;

    private final ObjectStore store;
    private final ClusterKeys keys;

    public ExpiredWalNote(ObjectStore store, ClusterKeys keys) {
        this.store = store;
        this.keys = keys;
    }

    private record Versioned(ExpiredWal content, WriteCondition replacing) {}

    /**
     * What was given up until now, with one request.
     *
     * @throws PgAgentException of kind CORRUPTED if the object is no such note, INCOMPATIBLE if it is of a later format
     */
    public ExpiredWal read() throws IOException {
        return readVersioned().content();
    }

    private Versioned readVersioned() throws IOException {
        ObjectContent content;
        try {
            content = store.getSmall(keys.expiredWal(), NOTE_MAX_BYTES);
        } catch (ObjectMissingException e) {
            return new Versioned(ExpiredWal.NONE, WriteCondition.ifAbsent());
        }
        ExpiredWal note;
        try {
            note = RepositoryJson.read(content.bytes(), ExpiredWal.class, keys.expiredWal());
        } catch (PgAgentException e) {
            throw new PgAgentException(
                    e.kind(),
                    e.getMessage(),
                    "Remove that object: WAL that was expired counts as missing then, until 'pgagent expire' notes it"
                            + " again.",
                    e);
        }
        if (note.format() != ExpiredWal.FORMAT) {
            throw new PgAgentException(
                    ErrorKind.INCOMPATIBLE,
                    keys.expiredWal() + " has format " + note.format() + "; this pgagent knows " + ExpiredWal.FORMAT,
                    "Install a newer pgagent.");
        }
        return new Versioned(note, WriteCondition.ifUnchanged(content.etag()));
    }

    /**
     * Gives up more: what lies before each of some segments, of different timelines. Durable when it returns.
     *
     * @return what is given up now
     */
    public ExpiredWal add(List<WalSegment> firstKept) throws IOException {
        for (int attempt = 1; ; attempt++) {
            Versioned before = readVersioned();
            ExpiredWal now = before.content().with(firstKept);
            if (now.equals(before.content())) {
                return now;
            }
            try {
                store.put(keys.expiredWal(), ByteBuffer.wrap(RepositoryJson.print(now)), before.replacing());
                return now;
            } catch (ObjectChangedException e) {
                if (attempt == ATTEMPTS_MAX) {
                    throw e;
                }
            }
        }
    }
}
