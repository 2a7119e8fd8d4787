package org.pgagent.repository;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class PartBuffersTest {
    private static final int SEGMENT_BYTES = 16 << 20;

    private final PartBuffers buffers = new PartBuffers();

    private ByteBuffer lendAndGiveBack(int bytes) {
        buffers.reserveLong(1);
        ByteBuffer lent = buffers.takeLong(bytes);
        lent.position(bytes);
        buffers.give(lent);
        buffers.releaseLong(1);
        return lent;
    }

    @Test
    void lends_a_long_buffer_again_as_if_it_were_new() {
        ByteBuffer first = lendAndGiveBack(SEGMENT_BYTES);

        ByteBuffer again = buffers.takeLong(SEGMENT_BYTES - 1);

        assertThat(again).isSameAs(first);
        assertThat(again.position()).isZero();
        assertThat(again.limit()).isEqualTo(SEGMENT_BYTES - 1);
    }

    @Test
    void never_lends_one_buffer_twice_at_a_time() {
        ByteBuffer kept = lendAndGiveBack(SEGMENT_BYTES);

        assertThat(buffers.takeLong(SEGMENT_BYTES)).isSameAs(kept);
        assertThat(buffers.takeLong(SEGMENT_BYTES)).isNotSameAs(kept);
    }

    @Test
    void lends_no_buffer_that_is_too_short() {
        lendAndGiveBack(SEGMENT_BYTES / 2);

        assertThat(buffers.takeLong(SEGMENT_BYTES).capacity()).isEqualTo(SEGMENT_BYTES);
    }

    @Test
    void keeps_usual_and_long_ones_apart() {
        ByteBuffer usual = buffers.take(SEGMENT_BYTES);
        buffers.give(usual);
        lendAndGiveBack(SEGMENT_BYTES);

        assertThat(buffers.take(SEGMENT_BYTES)).isSameAs(usual);
    }
}
