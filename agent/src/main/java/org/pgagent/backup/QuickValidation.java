package org.pgagent.backup;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.PackId;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectStore;
import org.pgagent.transfer.StoredPacks;

/**
 * A look, by listing, whether everything that a backup has stored is there with the size that it should have. The store has
 * checked every byte's checksum when it arrived; that WAL is there was seen when it was waited for.
 */
final class QuickValidation {
    private final ObjectStore store;
    private final ClusterKeys keys;

    QuickValidation(ObjectStore store, ClusterKeys keys) {
        this.store = store;
        this.keys = keys;
    }

    /**
     * Validates.
     *
     * @throws PgAgentException of kind CORRUPTED that names the object that is missing or has another size
     */
    void validate(BackupRecord record) throws IOException {
        StoredPacks stored =
                record.needs() == null ? StoredPacks.list(store, keys, record.id()) : StoredPacks.list(store, keys);
        for (BackupRecord.Pack pack : record.packs()) {
            PackId id = pack.of(record.id());
            require(keys.pack(id).value(), pack.size(), stored.size(id));
        }
        for (BackupRecord.Need need : record.needsOfOthers()) {
            if (stored.size(need.pack()).orElse(0) < need.end()) {
                require(keys.pack(need.pack()).value(), need.end(), stored.size(need.pack()));
            }
        }
        String manifest = keys.manifest(record).value();
        require(manifest, record.manifest().size(), size(store.head(keys.manifest(record))));
    }

    private static OptionalLong size(Optional<ObjectInfo> object) {
        return object.isPresent() ? OptionalLong.of(object.get().sizeBytes()) : OptionalLong.empty();
    }

    private static void require(String key, long wanted, OptionalLong found) throws PgAgentException {
        if (found.isEmpty() || found.getAsLong() != wanted) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    key + " was stored with " + wanted + " bytes and now "
                            + (found.isPresent() ? "has " + found.getAsLong() : "is missing"),
                    "Find out what changed it in the store, and take the backup again.");
        }
    }
}
