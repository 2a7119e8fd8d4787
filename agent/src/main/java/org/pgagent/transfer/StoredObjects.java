package org.pgagent.transfer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.PackId;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;

/**
 * Whether the objects of a backup, its packs, the packs of others that it needs, and its manifest, are in the store with the
 * sizes that they should have. Reads none of them. Thread-safe.
 */
public final class StoredObjects {
    private final ObjectStore store;
    private final ClusterKeys keys;

    public StoredObjects(ObjectStore store, ClusterKeys keys) {
        this.store = store;
        this.keys = keys;
    }

    /**
     * An object that is missing, or has another size.
     *
     * @param pack which pack it is; empty of a manifest
     * @param wanted its size; of another backup's pack, how long it must be at least
     * @param found empty if it is missing
     */
    public record Mismatch(ObjectKey key, Optional<PackId> pack, long wanted, OptionalLong found) {
        private long size() {
            return found.orElse(-1);
        }

        /** What is wrong with it, to be said after its name. */
        public String problem() {
            return found.isEmpty()
                    ? "is missing"
                    : "has " + found.getAsLong() + " bytes and should have " + wanted
                            + (found.getAsLong() < wanted ? " at least" : "");
        }
    }

    /** What of a backup's objects is not as it should be: one request for each thousand packs, and one for the manifest. */
    public List<Mismatch> mismatches(BackupRecord record) throws IOException {
        return mismatches(
                record,
                record.needs() == null ? StoredPacks.list(store, keys, record.id()) : StoredPacks.list(store, keys));
    }

    /**
     * The same by a listing that was made before: one request for the manifest, and one more for each pack that it seems to
     * lack.
     */
    public List<Mismatch> mismatches(BackupRecord record, StoredPacks listed) throws IOException {
        List<Mismatch> mismatches = new ArrayList<>();
        for (BackupRecord.Pack pack : record.packs()) {
            PackId id = pack.of(record.id());
            if (listed.size(id).orElse(-1) != pack.size()) {
                Mismatch now = look(keys.pack(id), Optional.of(id), pack.size());
                if (now.size() != pack.size()) {
                    mismatches.add(now);
                }
            }
        }
        for (BackupRecord.Need need : record.needsOfOthers()) {
            if (listed.size(need.pack()).orElse(-1) < need.end()) {
                Mismatch now = look(keys.pack(need.pack()), Optional.of(need.pack()), need.end());
                if (now.size() < need.end()) {
                    mismatches.add(now);
                }
            }
        }
        Mismatch manifest =
                look(keys.manifest(record), Optional.empty(), record.manifest().size());
        if (manifest.size() != manifest.wanted()) {
            mismatches.add(manifest);
        }
        return mismatches;
    }

    private Mismatch look(ObjectKey key, Optional<PackId> pack, long wanted) throws IOException {
        Optional<ObjectInfo> object = store.head(key);
        OptionalLong found = object.isPresent() ? OptionalLong.of(object.get().sizeBytes()) : OptionalLong.empty();
        return new Mismatch(key, pack, wanted, found);
    }

    /**
     * Makes sure that everything is there.
     *
     * @throws PgAgentException of kind CORRUPTED that names the first object that is not
     */
    public void requireAll(BackupRecord record) throws IOException {
        List<Mismatch> mismatches = mismatches(record);
        if (!mismatches.isEmpty()) {
            Mismatch first = mismatches.get(0);
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    first.key() + " " + first.problem(),
                    "Find out what changed it in the store, and take the backup again.");
        }
    }
}
