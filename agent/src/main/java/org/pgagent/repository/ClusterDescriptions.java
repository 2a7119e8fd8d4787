package org.pgagent.repository;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectMissingException;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/** The description of the cluster that lies under a name, {@code cluster.json}. Thread-safe. */
public final class ClusterDescriptions {
    private static final int DESCRIPTION_MAX_BYTES = 1 << 20;

    private final ObjectStore store;
    private final ClusterKeys keys;

    public ClusterDescriptions(ObjectStore store, ClusterKeys keys) {
        this.store = store;
        this.keys = keys;
    }

    /** The description; empty if nothing was ever stored under this name. */
    public Optional<ClusterDescription> find() throws IOException {
        try {
            byte[] json =
                    store.getSmall(keys.description(), DESCRIPTION_MAX_BYTES).bytes();
            ClusterDescription description = RepositoryJson.read(json, ClusterDescription.class, keys.description());
            if (description.format() != ClusterDescription.FORMAT) {
                throw new PgAgentException(
                        ErrorKind.INCOMPATIBLE,
                        "the repository has format " + description.format() + "; this pgagent knows "
                                + ClusterDescription.FORMAT,
                        "Install a newer pgagent.");
            }
            return Optional.of(description);
        } catch (ObjectMissingException e) {
            return Optional.empty();
        }
    }

    /**
     * Makes sure that this name keeps this cluster: writes the description if there is none, and compares if there is.
     *
     * @param own what the caller found in the data directory
     * @return the description in the repository
     * @throws PgAgentException of kind FOREIGN_CLUSTER if the name keeps another cluster
     */
    public ClusterDescription claim(ClusterDescription own) throws IOException {
        Optional<ClusterDescription> found = find();
        if (found.isEmpty()) {
            try {
                store.put(keys.description(), ByteBuffer.wrap(RepositoryJson.print(own)), WriteCondition.ifAbsent());
                return own;
            } catch (ObjectChangedException e) {
                found = find(); // somebody was quicker
            }
        }
        ClusterDescription kept =
                found.orElseThrow(() -> new IllegalStateException(keys.description() + " exists and cannot be found"));
        requireSame(kept, own);
        return kept;
    }

    /**
     * Compares.
     *
     * @throws PgAgentException of kind FOREIGN_CLUSTER if they are two clusters
     */
    void requireSame(ClusterDescription kept, ClusterDescription own) throws PgAgentException {
        if (!kept.systemIdentifier().equals(own.systemIdentifier()) || kept.majorVersion() != own.majorVersion()) {
            throw new PgAgentException(
                    ErrorKind.FOREIGN_CLUSTER,
                    "'" + keys.cluster() + "' in " + store.describe() + " keeps the cluster with system identifier "
                            + kept.systemIdentifier() + " of PostgreSQL " + kept.majorVersion() + "; this one is "
                            + own.systemIdentifier() + " of PostgreSQL " + own.majorVersion(),
                    "Give this cluster a name of its own with --cluster (also after a major upgrade).");
        }
        if (kept.walSegmentSize() != own.walSegmentSize()) {
            throw new PgAgentException(
                    ErrorKind.FOREIGN_CLUSTER,
                    "'" + keys.cluster() + "' in " + store.describe() + " keeps WAL segments of "
                            + kept.walSegmentSize() + " bytes; this cluster writes " + own.walSegmentSize(),
                    "The segment size was changed with pg_resetwal: go on under another name, with --cluster.");
        }
    }
}
