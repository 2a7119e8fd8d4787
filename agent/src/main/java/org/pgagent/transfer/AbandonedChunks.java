package org.pgagent.transfer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgagent.chunk.ContentHash;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.PackId;
import org.pgagent.repository.PlacedChunk;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The chunks in the packs of backups that never became complete, found again by their content. Fifty bytes of memory for each,
 * within a bound. Thread-safe: it never changes.
 */
public final class AbandonedChunks {
    /** Half a TiB in chunks of the usual size. */
    private static final int CHUNKS_MAX = 500_000;

    private static final Logger LOG = LoggerFactory.getLogger(AbandonedChunks.class);

    private final List<Pack> packs = new ArrayList<>();

    /** Numbers of chunks, counted through all packs, plus one, in the places that their hashes ask for; 0 is none. */
    private int[] table = new int[64];

    private int chunks;

    /** @param first the number of its first chunk */
    private record Pack(PackId id, PackIndex index, int first) {}

    private AbandonedChunks() {}

    public static AbandonedChunks none() {
        return new AbandonedChunks();
    }

    /** Reads what the packs of some backups say that they have: two requests for each pack, and one for each backup. */
    public static AbandonedChunks read(ObjectStore store, ClusterKeys keys, List<BackupId> backups) throws IOException {
        AbandonedChunks found = new AbandonedChunks();
        for (BackupId backup : backups) {
            for (Map.Entry<String, Long> pack :
                    StoredPacks.list(store, keys, backup).inOrder().entrySet()) {
                if (found.chunks < CHUNKS_MAX) {
                    found.add(store, backup, new ObjectKey(pack.getKey()), pack.getValue());
                }
            }
        }
        return found;
    }

    /** A pack that cannot be read is done without. */
    private void add(ObjectStore store, BackupId backup, ObjectKey pack, long size) throws IOException {
        try {
            PackId id = PackId.of(backup, pack);
            Optional<PackIndex> index = PackIndex.read(store, pack, size);
            if (index.isPresent()) {
                add(id, index.get());
            }
        } catch (PgAgentException | IllegalArgumentException e) {
            if (e instanceof PgAgentException known && known.kind() == ErrorKind.INTERRUPTED) {
                throw known;
            }
            LOG.warn("a pack of a failed backup cannot be used pack={}", pack, e);
        }
    }

    private void add(PackId id, PackIndex index) {
        packs.add(new Pack(id, index, chunks));
        chunks += index.size();
        if (2 * chunks > table.length) {
            table = new int[Integer.highestOneBit(2 * chunks) * 2];
            packs.forEach(this::enter);
        } else {
            enter(packs.get(packs.size() - 1));
        }
    }

    private void enter(Pack pack) {
        for (int row = 0; row < pack.index.size(); row++) {
            ContentHash hash = pack.index.hash(row);
            int place = place(hash);
            while (table[place] != 0 && !hash(table[place] - 1).equals(hash)) {
                place = (place + 1) % table.length;
            }
            table[place] = pack.first + row + 1; // of equal ones the last
        }
    }

    private ContentHash hash(int number) {
        Pack pack = packs.get(packOf(number));
        return pack.index.hash(number - pack.first);
    }

    private int place(ContentHash hash) {
        return (int) Math.floorMod(hash.low(), (long) table.length);
    }

    public int size() {
        return chunks;
    }

    /** Where a chunk of that content is; it says nothing of a place in a file. */
    Optional<PlacedChunk> find(ContentHash hash, int originalSize) {
        for (int place = place(hash); table[place] != 0; place = (place + 1) % table.length) {
            int number = table[place] - 1;
            Pack pack = packs.get(packOf(number));
            int row = number - pack.first;
            if (pack.index.hash(row).equals(hash)) {
                StoredChunk chunk = pack.index.chunk(row);
                if (chunk.originalSize() == originalSize) {
                    return Optional.of(PlacedChunk.stretch(pack.id, pack.index.offset(row), chunk, 0));
                }
            }
        }
        return Optional.empty();
    }

    private int packOf(int number) {
        int low = 0;
        int high = packs.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (packs.get(middle).first <= number) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }
}
