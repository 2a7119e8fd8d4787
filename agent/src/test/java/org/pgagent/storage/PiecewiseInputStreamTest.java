package org.pgagent.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.MemoryObjectStore;

class PiecewiseInputStreamTest {
    private static final ObjectKey KEY = new ObjectKey("object");

    private final List<ByteRange> asked = new ArrayList<>();
    private final ObjectStore store = new ForwardingObjectStore(new MemoryObjectStore()) {
        @Override
        public InputStream get(ObjectKey key, ByteRange range) throws IOException {
            asked.add(range);
            return super.get(key, range);
        }
    };

    private byte[] put(int size) throws IOException {
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        store.put(KEY, ByteBuffer.wrap(content), WriteCondition.always());
        return content;
    }

    @Test
    void reads_every_byte_whatever_the_size_of_the_pieces() throws IOException {
        for (int size : new int[] {1, 9, 10, 11, 20, 95}) {
            byte[] content = put(size);
            try (InputStream in = PiecewiseInputStream.open(store, KEY, size, 10)) {
                assertThat(in.readAllBytes()).isEqualTo(content);
                assertThat(in.read()).isEqualTo(-1);
            }
        }
    }

    @Test
    void asks_for_a_piece_when_it_is_needed_and_not_before() throws IOException {
        byte[] content = put(25);
        try (InputStream in = PiecewiseInputStream.open(store, KEY, 25, 10)) {
            assertThat(in.readNBytes(10)).isEqualTo(Arrays.copyOf(content, 10));
            assertThat(asked).containsExactly(new ByteRange(0, 10));

            assertThat(in.read()).isEqualTo(content[10] & 0xff);
            assertThat(asked).containsExactly(new ByteRange(0, 10), new ByteRange(10, 20));

            in.readAllBytes();
            assertThat(asked).hasSize(3).contains(new ByteRange(20, 25));
        }
    }

    @Test
    void a_missing_object_is_told_at_once() {
        assertThatThrownBy(() -> PiecewiseInputStream.open(store, KEY, 25, 10))
                .isInstanceOf(ObjectMissingException.class);
    }
}
