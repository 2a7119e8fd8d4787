package org.pgagent.repository;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectMissingException;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.PiecewiseInputStream;

/** The manifests of a cluster's backups, each read as a stream and checked against its backup's record. Thread-safe. */
public final class Manifests {
    /** One request is enough for the manifest of a small cluster. */
    private static final int PIECE_BYTES = 4 << 20;

    private final ObjectStore store;
    private final ClusterKeys keys;

    public Manifests(ObjectStore store, ClusterKeys keys) {
        this.store = store;
        this.keys = keys;
    }

    /**
     * Reads the whole manifest of a backup.
     *
     * @param record of a backup that has its manifest
     * @throws PgAgentException of kind CORRUPTED if the manifest is missing, or not the one of the record; entries may have
     *     been handed to the sink before
     */
    public ManifestTrailer read(BackupRecord record, ManifestReader.EntrySink sink) throws IOException {
        try (Open manifest = open(record)) {
            for (Optional<ManifestEntry> entry = manifest.next(); entry.isPresent(); entry = manifest.next()) {
                sink.accept(entry.get());
            }
            return manifest.trailer();
        }
    }

    /**
     * Reads a manifest's bytes and nothing more.
     *
     * @throws PgAgentException of kind CORRUPTED as {@link #read}
     */
    public void verify(BackupRecord record) throws IOException {
        ObjectKey key = keys.manifest(record);
        try (DigestInputStream in = get(key, record)) {
            in.transferTo(OutputStream.nullOutputStream());
            requireSum(key, record, in);
        }
    }

    /**
     * Begins to read a manifest, which goes on as the entries are asked for, be it for hours.
     *
     * @throws PgAgentException of kind CORRUPTED as {@link #read}
     */
    public Open open(BackupRecord record) throws IOException {
        ObjectKey key = keys.manifest(record);
        return new Open(key, record, get(key, record));
    }

    private DigestInputStream get(ObjectKey key, BackupRecord record) throws IOException {
        try {
            long size = record.manifest().size();
            return new DigestInputStream(PiecewiseInputStream.open(store, key, size, PIECE_BYTES), sha256());
        } catch (ObjectMissingException e) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    "the manifest " + key + " is missing, although its backup is " + record.state(),
                    "If 'pgagent compact' ran meanwhile, run the same command again; else restore from another backup"
                            + " ('pgagent show' lists them, --backup chooses).",
                    e);
        }
    }

    /** A manifest that is being read. For one thread. */
    public static final class Open implements Closeable {
        private final ObjectKey key;
        private final BackupRecord record;
        private final DigestInputStream in;
        private final ManifestReader reader;

        private Open(ObjectKey key, BackupRecord record, DigestInputStream in) throws IOException {
            this.key = key;
            this.record = record;
            this.in = in;
            try {
                this.reader = ManifestReader.begin(in, key);
            } catch (IOException | RuntimeException e) {
                in.close();
                throw e;
            }
        }

        /** The next entry; empty when there are no more. */
        public Optional<ManifestEntry> next() throws IOException {
            return reader.next();
        }

        /** What comes after the last entry; by then the manifest is known to be the one that was stored. */
        public ManifestTrailer trailer() throws IOException {
            ManifestTrailer trailer = reader.trailer();
            in.transferTo(OutputStream.nullOutputStream());
            requireSum(key, record, in);
            return trailer;
        }

        @Override
        public void close() throws IOException {
            reader.close();
            in.close();
        }
    }

    private static void requireSum(ObjectKey key, BackupRecord record, DigestInputStream read) throws PgAgentException {
        String sha256 = HexFormat.of().formatHex(read.getMessageDigest().digest());
        if (!sha256.equals(record.manifest().sha256())) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    "the manifest " + key + " has another SHA-256 than its backup's record says",
                    "Restore from another backup ('pgagent show' lists them, --backup chooses).");
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
