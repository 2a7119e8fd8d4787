package org.pgagent.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.error.PgAgentException;

class ChunkCodingTest {
    private static final int MIB = 1 << 20;

    static Stream<Arguments> chunks() {
        return Stream.of("none", "lz4", "lz4:9", "zstd", "zstd:3")
                .flatMap(compression -> Stream.of(
                                1, 12, 8191, 8192, MIB - 1, MIB, MIB + 1, 4 * MIB, 4 * MIB + 1, 9 * MIB)
                        .flatMap(size -> Stream.of("text", "noise", "zeros")
                                .map(content -> Arguments.of(compression, size, content))));
    }

    @ParameterizedTest
    @MethodSource("chunks")
    void gives_back_what_it_stored(String compression, int size, String content) throws IOException {
        ByteBuffer original = original(size, content);
        ByteBuffer stored = ByteBuffer.allocate(ChunkEncoder.storedSizeMax(size));
        try (ChunkEncoder encoder = new ChunkEncoder(Compression.parse(compression));
                ChunkDecoder decoder = new ChunkDecoder()) {
            StoredChunk chunk = encoder.encode(original, stored);
            assertThat(stored.remaining()).isEqualTo(chunk.storedSize()).isLessThanOrEqualTo(size);
            ByteBuffer again = ByteBuffer.allocate(size);
            decoder.decode(chunk, stored, again);
            assertThat(again).isEqualTo(original);
        }
    }

    @Test
    void stores_what_does_not_shrink_as_it_is() {
        try (ChunkEncoder encoder = new ChunkEncoder(Compression.parse("lz4"))) {
            ByteBuffer stored = ByteBuffer.allocate(ChunkEncoder.storedSizeMax(8192));
            StoredChunk chunk = encoder.encode(original(8192, "noise"), stored);
            assertThat(chunk.codec()).isEqualTo(Codec.NONE);
            assertThat(chunk.storedSize()).isEqualTo(8192);
        }
    }

    @ParameterizedTest
    @MethodSource("chunks")
    void the_tools_of_lz4_and_zstd_read_what_it_stored(String compression, int size, String content, @TempDir Path dir)
            throws Exception {
        ByteBuffer original = original(size, content);
        ByteBuffer stored = ByteBuffer.allocate(ChunkEncoder.storedSizeMax(size));
        StoredChunk chunk;
        try (ChunkEncoder encoder = new ChunkEncoder(Compression.parse(compression))) {
            chunk = encoder.encode(original, stored);
        }
        Path file = dir.resolve("chunk");
        Files.write(file, bytes(stored));
        byte[] decoded = switch (chunk.codec()) {
            case NONE -> Files.readAllBytes(file);
            case LZ4 -> run("lz4", "-dc", file.toString());
            case ZSTD -> run("zstd", "-dc", file.toString());
        };
        assertThat(decoded).isEqualTo(bytes(original));
        Files.write(file, bytes(original));
        assertThat(new String(run("xxhsum", "-H2", file.toString()), java.nio.charset.StandardCharsets.US_ASCII))
                .startsWith(chunk.contentHash().toString() + "  ");
    }

    @ParameterizedTest
    @MethodSource("chunks")
    void refuses_every_flipped_bit(String compression, int size, String content) {
        ByteBuffer original = original(size, content);
        ByteBuffer stored = ByteBuffer.allocate(ChunkEncoder.storedSizeMax(size));
        try (ChunkEncoder encoder = new ChunkEncoder(Compression.parse(compression));
                ChunkDecoder decoder = new ChunkDecoder()) {
            StoredChunk chunk = encoder.encode(original, stored);
            ByteBuffer again = ByteBuffer.allocate(size);
            Random random = new Random(size);
            for (int i = 0; i < 8; i++) {
                int at = i == 0 ? 0 : i == 1 ? chunk.storedSize() - 1 : random.nextInt(chunk.storedSize());
                byte bit = (byte) (1 << random.nextInt(8));
                stored.put(at, (byte) (stored.get(at) ^ bit));
                assertThatThrownBy(() -> decoder.decode(chunk, stored, again)).isInstanceOf(PgAgentException.class);
                StoredChunk forged =
                        new StoredChunk(chunk.codec(), size, chunk.storedSize(), crc32c(stored), chunk.contentHash());
                try {
                    decoder.decode(forged, stored, again);
                    assertThat(again).describedAs("bit %d of byte %d", bit, at).isEqualTo(original);
                } catch (PgAgentException refused) {
                    assertThat(refused).hasMessageContaining("damaged");
                }
                stored.put(at, (byte) (stored.get(at) ^ bit));
            }
        }
    }

    @Test
    void reads_compressions_as_they_are_written() {
        assertThat(Compression.parse("lz4")).hasToString("lz4:1");
        assertThat(Compression.parse("zstd:19")).hasToString("zstd:19");
        assertThat(Compression.parse("none")).hasToString("none");
        for (String bad : new String[] {"", "gzip", "lz4:0", "lz4:13", "zstd:20", "zstd:x", "none:1", "LZ4"}) {
            assertThatThrownBy(() -> Compression.parse(bad)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static int crc32c(ByteBuffer stored) {
        java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        crc.update(stored.duplicate());
        return (int) crc.getValue();
    }

    private static ByteBuffer original(int size, String content) {
        byte[] bytes = new byte[size];
        Random random = new Random(42);
        switch (content) {
            case "noise" -> random.nextBytes(bytes);
            case "text" -> {
                for (int i = 0; i < size; i++) {
                    bytes[i] = (byte) ('a' + (i / 7 + random.nextInt(3)) % 26);
                }
            }
            default -> assertThat(content).isEqualTo("zeros");
        }
        return ByteBuffer.allocate(size).put(bytes).flip();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(buffer.position(), bytes);
        return bytes;
    }

    private static byte[] run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (InputStream out = process.getInputStream()) {
            byte[] output = out.readAllBytes();
            assertThat(process.waitFor()).isZero();
            return output;
        }
    }
}
