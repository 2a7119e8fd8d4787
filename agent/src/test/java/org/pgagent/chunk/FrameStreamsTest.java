package org.pgagent.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

class FrameStreamsTest {
    private static final int MIB = 1 << 20;

    static Stream<Arguments> contents() {
        return Stream.of("none", "lz4", "lz4:9", "zstd", "zstd:3")
                .flatMap(compression -> Stream.of(0, 1, 8192, MIB - 1, MIB, MIB + 1, 5 * MIB)
                        .flatMap(
                                size -> Stream.of("text", "noise").map(kind -> Arguments.of(compression, size, kind))));
    }

    @ParameterizedTest
    @MethodSource("contents")
    void gives_back_what_it_was_given(String compression, int size, String kind) throws IOException {
        byte[] original = content(size, kind);
        Compression how = Compression.parse(compression);
        byte[] stored = encode(original, how);
        assertThat(decode(stored, how.codec())).isEqualTo(original);
        assertThat(stored.length).isLessThanOrEqualTo(size + size / 1024 + 64);
    }

    @ParameterizedTest
    @MethodSource("contents")
    void the_tools_of_lz4_and_zstd_read_it(String compression, int size, String kind, @TempDir Path dir)
            throws Exception {
        byte[] original = content(size, kind);
        Compression how = Compression.parse(compression);
        if (how.codec() == Codec.NONE) {
            return;
        }
        Path file = Files.write(dir.resolve("stored"), encode(original, how));
        Process tool = new ProcessBuilder(how.codec().toString(), "-dc", file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(tool.getInputStream().readAllBytes()).isEqualTo(original);
        assertThat(tool.waitFor()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"lz4", "zstd"})
    void damage_is_reported_or_shows_in_the_hash(String compression) throws IOException {
        Compression how = Compression.parse(compression);
        byte[] original = content(100_000, "text");
        byte[] stored = encode(original, how);
        for (int at = 0; at < stored.length; at += at < 64 ? 1 : 97) {
            for (int bit = 0; bit < 8; bit += 3) {
                byte[] damaged = stored.clone();
                damaged[at] ^= (byte) (1 << bit);
                refused(damaged, original, how.codec(), "bit " + bit + " of byte " + at);
            }
        }
        for (int length = 0; length < stored.length; length += length < 64 ? 1 : 97) {
            refused(Arrays.copyOf(stored, length), original, how.codec(), "cut at " + length);
        }
    }

    private static void refused(byte[] damaged, byte[] original, Codec codec, String how) throws IOException {
        try {
            byte[] decoded = decode(damaged, codec);
            if (Arrays.equals(decoded, original)) {
                return; // a bit without meaning
            }
            assertThat(hash(decoded)).describedAs(how).isNotEqualTo(hash(original));
        } catch (PgAgentException e) {
            assertThat(e.kind()).describedAs(how).isEqualTo(ErrorKind.CORRUPTED);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "lz4", "zstd"})
    void passes_on_what_the_source_throws(String compression) throws IOException {
        byte[] stored = encode(content(3 * MIB, "noise"), Compression.parse(compression));
        PgAgentException lost = new PgAgentException(ErrorKind.STORE_UNREACHABLE, "gone", "wait");
        for (int good : List.of(0, 3, 1000, MIB, 2 * MIB)) {
            InputStream source = new InputStream() {
                private final InputStream first = new ByteArrayInputStream(stored, 0, good);

                @Override
                public int read() throws IOException {
                    byte[] one = new byte[1];
                    read(one, 0, 1);
                    return one[0] & 0xFF;
                }

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    int got = first.read(bytes, offset, length);
                    if (got < 0) {
                        throw lost;
                    }
                    return got;
                }
            };
            assertThatThrownBy(() -> {
                        try (InputStream decoder = FrameStreams.decoder(
                                source, Compression.parse(compression).codec(), "the frame")) {
                            decoder.transferTo(OutputStream.nullOutputStream());
                        }
                    })
                    .isSameAs(lost);
        }
    }

    @Test
    void hashes_pieces_as_it_hashes_the_whole() {
        byte[] original = content(3 * MIB + 7, "noise");
        Random random = new Random(7);
        RunningHash running = new RunningHash();
        for (int at = 0; at < original.length; ) {
            int length = Math.min(original.length - at, 1 + random.nextInt(300_000));
            running.update(original, at, length);
            at += length;
        }
        assertThat(running.size()).isEqualTo(original.length);
        assertThat(running.hash()).isEqualTo(hash(original));
        assertThat(new RunningHash().hash()).isEqualTo(hash(new byte[0]));
    }

    private static ContentHash hash(byte[] bytes) {
        return ContentHasher.hash(ByteBuffer.wrap(bytes));
    }

    private static byte[] encode(byte[] original, Compression how) throws IOException {
        ByteArrayOutputStream stored = new ByteArrayOutputStream();
        try (OutputStream encoder = FrameStreams.encoder(stored, how, original.length)) {
            for (int at = 0; at < original.length; at += 100_000) {
                encoder.write(original, at, Math.min(100_000, original.length - at));
            }
        }
        return stored.toByteArray();
    }

    private static byte[] decode(byte[] stored, Codec codec) throws IOException {
        try (InputStream decoder = FrameStreams.decoder(new ByteArrayInputStream(stored), codec, "the frame")) {
            return decoder.readAllBytes();
        }
    }

    private static byte[] content(int size, String kind) {
        byte[] bytes = new byte[size];
        Random random = new Random(42);
        random.nextBytes(bytes);
        if (kind.equals("text")) {
            for (int i = 0; i < size; i++) {
                bytes[i] = (byte) ('a' + (i / 7 + (bytes[i] & 1)) % 26);
            }
        }
        return bytes;
    }
}
