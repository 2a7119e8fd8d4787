package org.pgagent.repository;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.storage.ObjectContent;
import org.pgagent.storage.ObjectMissingException;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/** The object {@code lease.json} of a cluster, never written without a condition. Thread-safe if {@code random} is. */
public final class Leases {
    private static final int LEASE_MAX_BYTES = 1 << 20;

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final RandomGenerator random;

    public Leases(ObjectStore store, ClusterKeys keys, RandomGenerator random) {
        this.store = store;
        this.keys = keys;
        this.random = random;
    }

    /** A lease together with the ETag that replacing it wants. */
    record Versioned(Lease lease, String etag) {}

    /** What the lease is of, such as {@code 'main' in s3://backups}. */
    String describe() {
        return "'" + keys.cluster() + "' in " + store.describe();
    }

    /**
     * The lease; empty only if the store said that there is none.
     *
     * @throws PgAgentException of kind CORRUPTED if the object is no lease, INCOMPATIBLE if it is of a later format
     */
    Optional<Versioned> read() throws IOException {
        ObjectContent content;
        try {
            content = store.getSmall(keys.lease(), LEASE_MAX_BYTES);
        } catch (ObjectMissingException e) {
            return Optional.empty();
        }
        Lease lease = RepositoryJson.read(content.bytes(), Lease.class, keys.lease());
        if (lease.format() != Lease.FORMAT) {
            throw new PgAgentException(
                    ErrorKind.INCOMPATIBLE,
                    keys.lease() + " has format " + lease.format() + "; this pgagent knows " + Lease.FORMAT,
                    "Install a newer pgagent.");
        }
        return Optional.of(new Versioned(lease, content.etag()));
    }

    /** Whether the repository says which cluster this is, as it does before there is a lease. */
    boolean clusterIsKnown() throws IOException {
        return store.head(keys.description()).isPresent();
    }

    /**
     * Stores a lease if nobody has written one since {@code before} was read.
     *
     * @param before what was read; empty if there was nothing
     * @return the lease as it is stored
     * @throws org.pgagent.storage.ObjectChangedException if somebody has; nothing was changed then
     */
    Lease write(Optional<Versioned> before, Lease lease) throws IOException {
        Lease unique = lease.withNonce(HexFormat.of().toHexDigits(random.nextLong()));
        WriteCondition condition =
                before.isPresent() ? WriteCondition.ifUnchanged(before.get().etag()) : WriteCondition.ifAbsent();
        store.put(keys.lease(), ByteBuffer.wrap(RepositoryJson.print(unique)), condition);
        return unique;
    }
}
