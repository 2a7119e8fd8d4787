package org.pgagent.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.pgagent.chunk.ChunkEncoder;
import org.pgagent.chunk.Compression;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.PackId;
import org.pgagent.repository.PlacedChunk;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.WriteCondition;

final class AbandonedChunksTest {
    private static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));
    private static final BackupId ONE = new BackupId("20261101T000000Z-F");
    private static final BackupId TWO = new BackupId("20261102T000000Z-F");
    private static final int SIZE = 1 << 16;
    private static final PackLimits SMALL_PACKS = new PackLimits(5 << 20, 6 << 20);

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final PartSenders senders = new PartSenders(1, SMALL_PACKS.partSizeBytes());
    private final List<PlacedChunk> placed = new ArrayList<>();

    @AfterEach
    void close() {
        senders.close();
    }

    private static ByteBuffer content(int seed) {
        byte[] bytes = new byte[SIZE];
        new Random(seed).nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }

    private void store(BackupId backup, String compression, int first, int last) throws IOException {
        PackSeries packs = new PackSeries(store, KEYS, backup, senders, AbandonedChunks.none());
        try (PackWriter writer = new PackWriter(packs, SMALL_PACKS);
                ChunkEncoder encoder = new ChunkEncoder(Compression.parse(compression))) {
            ByteBuffer stored = ByteBuffer.allocate(ChunkEncoder.storedSizeMax(SIZE));
            for (int seed = first; seed <= last; seed++) {
                StoredChunk chunk = encoder.encode(content(seed), stored);
                PackWriter.Position at = writer.append(chunk, stored);
                placed.add(PlacedChunk.stretch(at.pack(), at.offset(), chunk, 0));
            }
            writer.complete();
        }
    }

    private AbandonedChunks read(BackupId... backups) throws IOException {
        return AbandonedChunks.read(store, KEYS, List.of(backups));
    }

    @Test
    void each_chunk_is_found_where_it_is() throws IOException {
        store(ONE, "none", 0, 299);
        store(TWO, "lz4", 300, 420);
        AbandonedChunks chunks = read(TWO, ONE);
        assertThat(chunks.size()).isEqualTo(421);
        assertThat(placed)
                .allSatisfy(chunk -> assertThat(chunks.find(chunk.chunk().contentHash(), SIZE))
                        .hasValue(chunk));
        assertThat(placed.get(299).pack().number()).isPositive();
        assertThat(read(ONE).find(placed.get(300).chunk().contentHash(), SIZE)).isEmpty();
        assertThat(chunks.find(placed.get(7).chunk().contentHash(), SIZE - 1)).isEmpty();
        assertThat(AbandonedChunks.none().find(placed.get(7).chunk().contentHash(), SIZE))
                .isEmpty();
    }

    @Test
    void a_pack_without_a_sound_index_is_of_no_use() throws IOException {
        store(ONE, "none", 0, 2);
        ObjectKey key = KEYS.pack(new PackId(ONE, 0));
        byte[] good = store.getSmall(key, 1 << 30).bytes();
        assertThat(read(ONE).size()).isEqualTo(3);
        for (int at = good.length - 3 * 32 - 16; at < good.length; at++) {
            byte[] damaged = good.clone();
            damaged[at] ^= 1;
            put(key, damaged);
            assertThat(read(ONE).size()).as("byte " + at).isZero();
        }
        for (int length : new int[] {0, 1, 15, 16, 17, 48, SIZE, good.length - 1}) {
            put(key, java.util.Arrays.copyOf(good, length));
            assertThat(read(ONE).size()).as("length " + length).isZero();
            put(key, java.util.Arrays.copyOfRange(good, good.length - length, good.length));
            assertThat(read(ONE).size()).as("last " + length).isZero();
        }
    }

    private void put(ObjectKey key, byte[] bytes) throws IOException {
        store.put(key, ByteBuffer.wrap(bytes), WriteCondition.always());
    }
}
