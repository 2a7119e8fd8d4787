package org.pgagent.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.pgagent.chunk.Codec;
import org.pgagent.chunk.ContentHash;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ObjectKey;

final class RangePlannerTest {
    private static final ObjectKey PACK = new ObjectKey("pack");

    private static StoredChunk chunk(int storedSize) {
        return new StoredChunk(Codec.LZ4, 8192, storedSize, 0, new ContentHash(0, 0));
    }

    private static ChunkPlacement<Integer> placement(int file, long packOffset, int storedSize) {
        return Placements.of(chunk(storedSize), packOffset, file);
    }

    private static List<ByteRange> rangesOf(DownloadLimits limits, List<ChunkPlacement<Integer>> placements)
            throws IOException {
        List<ByteRange> ranges = new ArrayList<>();
        RangePlanner<Integer> planner = new RangePlanner<>(limits, read -> ranges.add(read.range()));
        for (ChunkPlacement<Integer> placement : placements) {
            planner.add(PACK, placement);
        }
        planner.finish();
        return ranges;
    }

    @Test
    void neighbours_become_one_get_whatever_their_order() throws IOException {
        List<ChunkPlacement<Integer>> placements =
                List.of(placement(2, 300, 50), placement(0, 0, 100), placement(1, 100, 200));

        assertThat(rangesOf(new DownloadLimits(1, 1 << 20, 100, 0, 4), placements))
                .containsExactly(new ByteRange(0, 350));
    }

    @Test
    void a_small_gap_is_read_and_a_large_one_is_not() throws IOException {
        List<ChunkPlacement<Integer>> placements =
                List.of(placement(0, 0, 100), placement(1, 110, 100), placement(2, 221, 100));

        assertThat(rangesOf(new DownloadLimits(1, 1 << 20, 100, 10, 4), placements))
                .containsExactly(new ByteRange(0, 210), new ByteRange(221, 321));
    }

    @Test
    void a_get_never_passes_its_limit_but_for_a_single_chunk() throws IOException {
        List<ChunkPlacement<Integer>> placements =
                List.of(placement(0, 0, 60), placement(1, 60, 60), placement(2, 120, 500), placement(3, 620, 30));

        assertThat(rangesOf(new DownloadLimits(1, 100, 100, 10, 4), placements))
                .containsExactly(
                        new ByteRange(0, 60), new ByteRange(60, 120), new ByteRange(120, 620), new ByteRange(620, 650));
    }

    @Test
    void thirty_thousand_small_files_in_a_hundred_megabytes_need_few_gets() throws IOException {
        List<ChunkPlacement<Integer>> placements = new ArrayList<>();
        for (int i = 0; i < 30_000; i++) {
            placements.add(placement(i, i * 3_500L, 3_500));
        }

        assertThat(rangesOf(DownloadLimits.of(4, 30_000 * 3_500L), placements)).hasSizeLessThan(20);
    }

    @Property(tries = 300)
    void every_chunk_is_handed_on_once_within_the_limits(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 400) int chunks,
            @ForAll @IntRange(min = 1, max = 6) int packs,
            @ForAll @IntRange(min = 1, max = 4) int packsOpen,
            @ForAll @IntRange(min = 1, max = 30) int chunksPerGet)
            throws IOException {
        Random random = new Random(seed);
        DownloadLimits limits = new DownloadLimits(2, 500, chunksPerGet, 20, packsOpen);
        Map<ChunkPlacement<Integer>, ObjectKey> wanted = layOut(random, chunks, packs);
        List<ChunkPlacement<Integer>> order = new ArrayList<>(wanted.keySet());
        Collections.shuffle(order, random);

        Map<ChunkPlacement<Integer>, ObjectKey> handedOn = new HashMap<>();
        int[] held = {0, 0};
        RangePlanner<Integer> planner = new RangePlanner<>(limits, read -> {
            requireSound(read, limits);
            held[0] -= read.placements().size();
            read.placements()
                    .forEach(placement -> assertThat(handedOn.put(placement, read.pack()))
                            .as("seed %d", seed)
                            .isNull());
        });
        for (ChunkPlacement<Integer> placement : order) {
            held[0]++;
            planner.add(wanted.get(placement), placement);
            held[1] = Math.max(held[1], held[0]);
        }
        planner.finish();

        assertThat(handedOn).as("seed %d", seed).isEqualTo(wanted);
        assertThat(held[1]).as("seed %d", seed).isLessThanOrEqualTo(limits.piecesHeldMax());
    }

    /** Chunks one after another with some gaps, and now and then two that share their bytes. */
    private static Map<ChunkPlacement<Integer>, ObjectKey> layOut(Random random, int chunks, int packs) {
        Map<ChunkPlacement<Integer>, ObjectKey> wanted = new HashMap<>();
        long[] ends = new long[packs];
        for (int file = 0; file < chunks; file++) {
            int pack = random.nextInt(packs);
            int size = 1 + random.nextInt(random.nextInt(10) == 0 ? 900 : 60);
            ObjectKey key = new ObjectKey("pack-" + pack);
            wanted.put(placement(file, ends[pack], size), key);
            if (random.nextInt(8) == 0) {
                wanted.put(placement(chunks + file, ends[pack], size), key);
            }
            ends[pack] += size + (random.nextInt(4) == 0 ? random.nextInt(50) : 0);
        }
        return wanted;
    }

    private static void requireSound(RangeRead<Integer> read, DownloadLimits limits) {
        long stored = 0;
        ChunkPlacement<Integer> before = null;
        for (ChunkPlacement<Integer> placement : read.placements()) {
            stored += placement.chunk().storedSize();
            if (before != null) {
                boolean same = placement.packOffset() == before.packOffset();
                long gap = placement.packOffset() - before.packEnd();
                assertThat(same || (gap >= 0 && gap <= limits.gapMaxBytes())).isTrue();
            }
            before = placement;
        }
        assertThat(read.range())
                .isEqualTo(new ByteRange(read.placements().get(0).packOffset(), before.packEnd()));
        assertThat(read.placements().size()).isLessThanOrEqualTo(limits.piecesPerGetMax());
        assertThat(stored <= limits.bytesPerGetMax() || read.placements().size() == 1)
                .isTrue();
    }
}
