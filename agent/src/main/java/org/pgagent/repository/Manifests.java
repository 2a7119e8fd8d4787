package org.pgagent.repository;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectMissingException;
import org.pgagent.storage.ObjectStore;

/** The manifests of a cluster's backups, each read as a stream and checked against its backup's record. Thread-safe. */
public final class Manifests {
    private final ObjectStore store;
    private final ClusterKeys keys;

    public Manifests(ObjectStore store, ClusterKeys keys) {
        this.store = store;
        this.keys = keys;
    }

    /**
     * Reads the whole manifest of a backup with one GET.
     *
     * @param record of a backup that has its manifest
     * @throws PgAgentException of kind CORRUPTED if the manifest is missing, or not the one of the record; entries may have
     *     been handed to the sink before
     */
    public ManifestTrailer read(BackupRecord record, ManifestReader.EntrySink sink) throws IOException {
        ObjectKey key = keys.manifest(record.id());
        MessageDigest sha256 = sha256();
        ManifestTrailer trailer;
        try (InputStream in = new DigestInputStream(
                store.get(key, new ByteRange(0, record.manifest().size())), sha256)) {
            trailer = ManifestReader.read(in, key, sink);
            in.transferTo(OutputStream.nullOutputStream());
        } catch (ObjectMissingException e) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    "the manifest " + key + " is missing, although its backup is " + record.state(),
                    "Restore from another backup ('pgagent show' lists them, --backup chooses).",
                    e);
        }
        if (!HexFormat.of().formatHex(sha256.digest()).equals(record.manifest().sha256())) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    "the manifest " + key + " has another SHA-256 than its backup's record says",
                    "Restore from another backup ('pgagent show' lists them, --backup chooses).");
        }
        return trailer;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
