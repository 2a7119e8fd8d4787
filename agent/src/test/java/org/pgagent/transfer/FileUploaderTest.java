package org.pgagent.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgagent.chunk.ChunkDecoder;
import org.pgagent.chunk.Compression;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.PageChecksum;
import org.pgagent.postgres.PageVerifier;
import org.pgagent.postgres.RelationFile;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.FileContent;
import org.pgagent.repository.PackId;
import org.pgagent.repository.PlacedChunk;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.FileObjectStore;
import org.pgagent.storage.ObjectInfo;

class FileUploaderTest {
    private static final int MIB = 1 << 20;
    private static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));
    private static final BackupId ID = new BackupId("20261122T055500Z-F");
    private static final PackLimits SMALL_PACKS = new PackLimits(5 * MIB, 12L * MIB);

    @TempDir
    Path dir;

    private FileObjectStore store;
    private PartSenders senders;
    private PackSeries packs;

    @BeforeEach
    void open() throws IOException {
        store = FileObjectStore.open(Files.createDirectory(dir.resolve("repository")), new Random(1));
        senders = new PartSenders(2, SMALL_PACKS.partSizeBytes());
        packs = new PackSeries(store, KEYS, ID, senders, AbandonedChunks.none());
    }

    @AfterEach
    void close() {
        senders.close();
        store.close();
    }

    @ParameterizedTest
    @CsvSource({
        "none, 0",
        "none, 1",
        "none, 1048575",
        "none, 1048576",
        "none, 1048577",
        "none, 2097152",
        "none, 40000000",
        "lz4, 0",
        "lz4, 1",
        "lz4, 1048577",
        "lz4, 40000000",
        "zstd, 3000000"
    })
    void what_is_uploaded_can_be_read_back(String compression, int size) throws IOException {
        Path file = file("data", size);
        UploadedFile uploaded;
        try (FileUploader uploader = uploader(compression, Optional.empty())) {
            uploader.upload(plain(file("before", 123)));
            uploaded = uploader.upload(plain(file)).orElseThrow();
            uploader.complete();
        }
        assertThat(uploaded.content().size()).isEqualTo(size);
        assertThat(uploaded.crc32c()).hasValue(crc32c(Files.readAllBytes(file)));
        assertThat(readBack(uploaded)).isEqualTo(Files.readAllBytes(file));
        assertThat(store.unfinishedUploads("")).isEmpty();
    }

    @Test
    void packs_are_stored_with_the_sizes_and_sums_that_are_remembered() throws IOException {
        try (FileUploader uploader = uploader("none", Optional.empty())) {
            for (int i = 0; i < 9; i++) {
                uploader.upload(plain(file("data" + i, 4 * MIB)));
            }
            uploader.complete();
        }
        List<BackupRecord.Pack> stored = packs.stored();
        assertThat(stored).hasSize(3);
        for (BackupRecord.Pack pack : stored) {
            ObjectInfo object =
                    store.head(KEYS.pack(new PackId(ID, pack.number()))).orElseThrow();
            assertThat(pack.size()).isEqualTo(object.sizeBytes()).isLessThan(13L * MIB);
            byte[] bytes = read(new PackId(ID, pack.number()), 0, pack.size());
            assertThat(Integer.parseUnsignedInt(pack.crc32c(), 16)).isEqualTo(crc32c(bytes));
        }
    }

    @Test
    void a_file_that_is_gone_is_no_error() throws IOException {
        try (FileUploader uploader = uploader("lz4", Optional.empty())) {
            assertThat(uploader.upload(plain(dir.resolve("gone")))).isEmpty();
            uploader.complete();
        }
        assertThat(packs.stored()).isEmpty();
    }

    @Test
    void closing_without_completing_leaves_nothing() throws IOException {
        try (FileUploader uploader = uploader("none", Optional.empty())) {
            uploader.upload(plain(file("data", 11 * MIB)));
        }
        assertThat(store.list("", org.pgagent.storage.ListDepth.ALL, Optional.empty())
                        .objects())
                .isEmpty();
        assertThat(store.unfinishedUploads("")).isEmpty();
    }

    @Test
    void finds_the_bad_pages_of_a_later_segment_by_their_blocks_in_the_fork() throws IOException {
        Path file = dir.resolve("16384.2");
        long firstBlock = 2L * 131072;
        ByteBuffer pages = ByteBuffer.allocate(300 * 8192).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        PageChecksum checksum = new PageChecksum(8192);
        for (int i = 0; i < 300; i++) {
            pages.putInt(i * 8192 + 4, 100).putShort(i * 8192 + 12, (short) 24).putShort(i * 8192 + 14, (short) 8000);
            pages.putInt(i * 8192 + 8100, i);
            pages.putShort(i * 8192 + 8, (short) checksum.compute(pages, i * 8192, firstBlock + i));
        }
        pages.putInt(7 * 8192 + 8100, -1).putInt(299 * 8192 + 8100, -1);
        Files.write(file, pages.array());

        WalEnd walEnd = new WalEnd() {
            @Override
            public Lsn known() {
                return new Lsn(2000);
            }

            @Override
            public Lsn now() {
                return new Lsn(2000);
            }
        };
        PageCheck check = new PageCheck(new PageVerifier(8192, new Lsn(1000)), 8192, 131072, walEnd);
        try (FileUploader uploader = uploader("lz4", Optional.of(check))) {
            UploadedFile uploaded = uploader.upload(
                            new FileUploader.Source(file, RelationFile.parse(DataPath.of("base/5/16384.2"))))
                    .orElseThrow();
            uploader.complete();
            assertThat(uploaded.badPages()).containsExactly(firstBlock + 7, firstBlock + 299);
            assertThat(readBack(uploaded)).isEqualTo(pages.array());
        }
    }

    private FileUploader uploader(String compression, Optional<PageCheck> check) {
        return new FileUploader(
                new PackWriter(packs, SMALL_PACKS),
                new FileUploader.ChunkFormat(MIB, Compression.parse(compression)),
                new FileUploader.Reading(check, ReadRate.UNLIMITED),
                TransferProgress.silent());
    }

    private Path file(String name, int size) throws IOException {
        byte[] bytes = new byte[size];
        Random random = new Random(size);
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (random.nextInt(4) * 31);
        }
        return Files.write(dir.resolve(name), bytes);
    }

    private static FileUploader.Source plain(Path file) {
        return new FileUploader.Source(file, Optional.empty());
    }

    private byte[] readBack(UploadedFile uploaded) throws IOException {
        ByteBuffer content = ByteBuffer.allocate((int) uploaded.content().size());
        ByteBuffer chunkContent = ByteBuffer.allocate(MIB);
        try (ChunkDecoder decoder = new ChunkDecoder()) {
            for (FileContent.NeededChunk needed : uploaded.content().needed()) {
                PlacedChunk chunk = needed.chunk();
                byte[] stored =
                        read(chunk.pack(), chunk.packOffset(), chunk.chunk().storedSize());
                decoder.decode(chunk.chunk(), ByteBuffer.wrap(stored), chunkContent);
                for (FileContent.Piece piece : needed.pieces()) {
                    content.put((int) piece.fileOffset(), chunkContent.array(), piece.chunkOffset(), piece.length());
                }
            }
        }
        return content.array();
    }

    private byte[] read(PackId pack, long offset, long length) throws IOException {
        try (InputStream in = store.get(KEYS.pack(pack), new ByteRange(offset, offset + length))) {
            return in.readAllBytes();
        }
    }

    private static int crc32c(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    @Test
    void reads_a_file_of_more_than_a_gibibyte_with_bounded_memory() throws IOException {
        Path file = dir.resolve("sparse");
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), (1L << 30) + 5);
        }
        try (FileUploader uploader = uploader("lz4", Optional.empty())) {
            UploadedFile uploaded = uploader.upload(plain(file)).orElseThrow();
            uploader.complete();
            assertThat(uploaded.content().size()).isEqualTo((1L << 30) + 8);
            assertThat(uploaded.content().chunks()).hasSize(1025);
        }
    }
}
