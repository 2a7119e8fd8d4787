package org.pgagent.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.chunk.ChunkEncoder;
import org.pgagent.chunk.Compression;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

@Timeout(60)
final class FileDownloaderTest {
    private static final int FILES = 200;
    private static final DownloadLimits LIMITS = new DownloadLimits(3, 40_000, 50, 256, 2);

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final List<String> names = new ArrayList<>();
    private final List<byte[]> contents = new ArrayList<>();
    private final List<ObjectKey> packs = new ArrayList<>();
    private final List<ChunkPlacement<String>> placements = new ArrayList<>();
    private final Map<String, byte[]> written = new ConcurrentHashMap<>();
    private final AtomicInteger openSinks = new AtomicInteger();

    @AfterEach
    void nothing_is_left_open() {
        store.close();
        assertThat(openSinks).hasValue(0);
    }

    private class MapSink implements ChunkSink<String> {
        private MapSink() {
            openSinks.incrementAndGet();
        }

        @Override
        public void write(String file, long fileOffset, ByteBuffer original) {
            assertThat(fileOffset).isZero();
            byte[] bytes = new byte[original.remaining()];
            original.get(bytes);
            assertThat(written.put(file, bytes)).as(file).isNull();
        }

        @Override
        public void close() {
            openSinks.decrementAndGet();
        }
    }

    private void storePacks(int packCount) throws IOException {
        Random random = new Random(7);
        ChunkEncoder encoder = new ChunkEncoder(Compression.DEFAULT);
        for (int pack = 0; pack < packCount; pack++) {
            ByteArrayOutputStream object = new ByteArrayOutputStream();
            ObjectKey key = new ObjectKey("main/data/" + pack + ".pack");
            for (int i = 0; i < FILES / packCount; i++) {
                byte[] content = new byte[1 + random.nextInt(3000)];
                random.nextBytes(content);
                Arrays.fill(content, content.length / 2, content.length, (byte) 'x');
                ByteBuffer stored = ByteBuffer.allocate(ChunkEncoder.storedSizeMax(content.length));
                StoredChunk chunk = encoder.encode(ByteBuffer.wrap(content), stored);
                names.add("file-" + pack + "-" + i);
                contents.add(content);
                packs.add(key);
                placements.add(Placements.of(chunk, object.size(), names.get(names.size() - 1)));
                object.write(stored.array(), 0, stored.limit());
            }
            store.put(key, ByteBuffer.wrap(object.toByteArray()), WriteCondition.always());
        }
        encoder.close();
    }

    private long download(ObjectStore from) throws IOException {
        try (FileDownloader<String> downloader = FileDownloader.start(from, LIMITS, MapSink::new, Thread::new)) {
            for (int i = 0; i < placements.size(); i++) {
                downloader.add(packs.get(i), placements.get(i));
            }
            return downloader.complete().gets();
        }
    }

    private void requireAllWritten() {
        assertThat(written).hasSize(names.size());
        for (int i = 0; i < names.size(); i++) {
            assertThat(written.get(names.get(i))).as(names.get(i)).isEqualTo(contents.get(i));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void every_chunk_arrives_as_it_was(int packCount) throws IOException {
        storePacks(packCount);

        long gets = download(store);

        requireAllWritten();
        assertThat(gets).isBetween((long) packCount, 20L);
    }

    @Test
    void a_byte_that_was_damaged_on_the_way_is_fetched_again() throws IOException {
        storePacks(2);
        FaultyObjectStore faulty = FaultyObjectStore.failing(store, 1, FaultyObjectStore.Fault.FLIPPED_BYTE);

        download(faulty);

        requireAllWritten();
        faulty.requireHit();
    }

    @Test
    void a_damaged_chunk_is_named_with_its_file_and_its_place() throws IOException {
        storePacks(1);
        ChunkPlacement<String> damaged = placements.get(70);
        byte[] object = store.getSmall(packs.get(0), 1 << 30).bytes();
        object[(int) damaged.packOffset() + 5] ^= 1;
        store.put(packs.get(0), ByteBuffer.wrap(object), WriteCondition.always());

        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(() -> download(store))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPTED))
                .withMessageContaining("file-0-70")
                .withMessageContaining("main/data/0.pack")
                .withMessageContaining(String.valueOf(damaged.packOffset()));
    }

    /** For whoever wants to know all that is damaged. */
    @Test
    void a_sink_that_takes_damage_is_told_of_all_of_it_and_gets_the_rest() throws IOException {
        storePacks(4);
        byte[] flipped = store.getSmall(packs.get(0), 1 << 30).bytes();
        flipped[(int) placements.get(20).packOffset() + 5] ^= 1;
        store.put(packs.get(0), ByteBuffer.wrap(flipped), WriteCondition.always());
        byte[] whole = store.getSmall(packs.get(50), 1 << 30).bytes();
        int end = (int) placements.get(80).packOffset() + 1;
        store.put(packs.get(50), ByteBuffer.wrap(Arrays.copyOf(whole, end)), WriteCondition.always());
        store.delete(List.of(packs.get(100)));

        Map<String, String> damaged = new ConcurrentHashMap<>();
        FileDownloader<String> downloader = FileDownloader.start(
                store,
                LIMITS,
                () -> new MapSink() {
                    @Override
                    public void damaged(String file, PgAgentException damage) {
                        assertThat(damage.kind()).isEqualTo(ErrorKind.CORRUPTED);
                        assertThat(damaged.put(file, damage.getMessage()))
                                .as(file)
                                .isNull();
                    }
                },
                Thread::new);
        try (downloader) {
            for (int i = 0; i < placements.size(); i++) {
                downloader.add(packs.get(i), placements.get(i));
            }
            downloader.complete();
        }

        List<String> wanted = new ArrayList<>(List.of(names.get(20)));
        wanted.addAll(names.subList(80, 150));
        assertThat(damaged.keySet()).containsExactlyInAnyOrderElementsOf(wanted);
        wanted.forEach(name -> assertThat(written).doesNotContainKey(name));
        assertThat(written).hasSize(FILES - wanted.size());
        assertThat(damaged.get(names.get(20))).contains("another CRC-32C");
        assertThat(damaged.get(names.get(120))).contains("is missing");
    }

    @Test
    void a_missing_pack_is_damage_and_not_just_a_missing_object() throws IOException {
        storePacks(2);
        store.delete(List.of(packs.get(FILES - 1)));

        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(() -> download(store))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPTED))
                .withMessageContaining("main/data/1.pack");
    }

    @ParameterizedTest
    @ValueSource(strings = {"FAILED_BEFORE", "DENIED", "CUT_SHORT", "KILLED"})
    void a_failing_store_ends_the_download_with_its_error(FaultyObjectStore.Fault fault) throws IOException {
        storePacks(5);
        FaultyObjectStore faulty = FaultyObjectStore.failing(store, 3, fault);

        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(() -> download(faulty))
                .satisfies(e -> assertThat(e.kind()).isIn(ErrorKind.STORE_FAILED, ErrorKind.STORE_DENIED));
        faulty.requireHit();
    }

    @Test
    void an_error_of_a_sink_reaches_the_caller() throws IOException {
        storePacks(3);
        ChunkSink.Opener<String> failing = () -> new ChunkSink<>() {
            @Override
            public void write(String file, long fileOffset, ByteBuffer original) throws IOException {
                throw new IOException("no room for " + file);
            }

            @Override
            public void close() {}
        };

        assertThatThrownBy(() -> {
                    try (FileDownloader<String> downloader =
                            FileDownloader.start(store, LIMITS, failing, Thread::new)) {
                        for (int i = 0; i < placements.size(); i++) {
                            downloader.add(packs.get(i), placements.get(i));
                        }
                        downloader.complete();
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("no room for");
    }

    @Test
    void a_download_that_is_given_up_ends_its_threads() throws IOException {
        storePacks(3);
        List<Thread> threads = new ArrayList<>();
        try (FileDownloader<String> downloader = FileDownloader.start(store, LIMITS, MapSink::new, task -> {
            threads.add(new Thread(task));
            return threads.get(threads.size() - 1);
        })) {
            downloader.add(packs.get(0), placements.get(0));
        }

        assertThat(threads).hasSize(3).noneMatch(Thread::isAlive);
    }

    @Test
    void two_files_may_share_the_bytes_of_one_chunk() throws IOException {
        storePacks(1);
        names.add("twin");
        contents.add(contents.get(5));
        packs.add(packs.get(5));
        placements.add(
                Placements.of(placements.get(5).chunk(), placements.get(5).packOffset(), "twin"));

        download(store);

        requireAllWritten();
    }

    @Test
    void a_pack_of_large_chunks_that_ends_early_is_damage() throws IOException {
        ChunkEncoder encoder = new ChunkEncoder(Compression.DEFAULT);
        byte[] content = new byte[2 << 20];
        new Random(1).nextBytes(content);
        ByteBuffer stored = ByteBuffer.allocate(ChunkEncoder.storedSizeMax(content.length));
        StoredChunk chunk = encoder.encode(ByteBuffer.wrap(content), stored);
        encoder.close();
        byte[] one = Arrays.copyOf(stored.array(), stored.limit());
        ObjectKey key = new ObjectKey("main/data/9.pack");
        byte[] object = Arrays.copyOf(one, 2 * one.length - 100);
        System.arraycopy(one, 0, object, one.length, one.length - 100);
        store.put(key, ByteBuffer.wrap(object), WriteCondition.always());
        DownloadLimits large = new DownloadLimits(1, 64 << 20, 50, 256, 2);
        List<String> told = new ArrayList<>();
        FileDownloader<String> downloader = FileDownloader.start(
                store,
                large,
                () -> new MapSink() {
                    @Override
                    public void damaged(String file, PgAgentException damage) {
                        told.add(file);
                    }
                },
                Thread::new);
        try (downloader) {
            downloader.add(key, Placements.of(chunk, 0, "whole"));
            downloader.add(key, Placements.of(chunk, one.length, "cut"));
            downloader.complete();
        }
        assertThat(told).containsExactly("cut");
        assertThat(written).containsKey("whole");
    }
}
