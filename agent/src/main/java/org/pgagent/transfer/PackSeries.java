package org.pgagent.transfer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.PackId;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;

/**
 * The packs of one backup: gives each writer the next number and remembers what was stored. Thread-safe.
 */
public final class PackSeries {
    private final ObjectStore store;
    private final ClusterKeys keys;
    private final BackupId backup;
    private final PartSenders senders;
    private final AbandonedChunks abandoned;
    private final List<BackupRecord.Pack> stored = new ArrayList<>();
    private int next;

    /**
     * Of a backup.
     *
     * @param senders the caller's
     * @param abandoned what need not be stored again
     */
    public PackSeries(
            ObjectStore store, ClusterKeys keys, BackupId backup, PartSenders senders, AbandonedChunks abandoned) {
        this.abandoned = abandoned;
        this.store = store;
        this.keys = keys;
        this.backup = backup;
        this.senders = senders;
    }

    AbandonedChunks abandoned() {
        return abandoned;
    }

    PartedObject begin(PackId pack) {
        return new PartedObject(store, key(pack), senders);
    }

    synchronized PackId next() {
        return new PackId(backup, next++);
    }

    ObjectKey key(PackId pack) {
        return keys.pack(pack);
    }

    synchronized void completed(BackupRecord.Pack pack) {
        stored.add(pack);
    }

    /** The packs that are stored whole, by number. */
    public synchronized List<BackupRecord.Pack> stored() {
        return stored.stream()
                .sorted(Comparator.comparingInt(BackupRecord.Pack::number))
                .toList();
    }
}
