package org.pgagent.backup;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.PackId;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectStore;

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
        Map<String, Long> sizes = new HashMap<>();
        store.forEachPage(
                keys.packsPrefix(record.id()),
                ListDepth.ALL,
                page -> page.objects().forEach(pack -> sizes.put(pack.key().value(), pack.sizeBytes())));
        for (BackupRecord.Pack pack : record.packs()) {
            String key = keys.pack(new PackId(record.id(), pack.number())).value();
            require(key, pack.size(), Optional.ofNullable(sizes.get(key)));
        }
        String manifest = keys.manifest(record.id()).value();
        require(
                manifest,
                record.manifest().size(),
                store.head(keys.manifest(record.id())).map(ObjectInfo::sizeBytes));
    }

    private static void require(String key, long wanted, Optional<Long> found) throws PgAgentException {
        if (found.isEmpty() || found.get() != wanted) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    key + " was stored with " + wanted + " bytes and now "
                            + found.map(size -> "has " + size).orElse("is missing"),
                    "Find out what changed it in the store, and take the backup again.");
        }
    }
}
