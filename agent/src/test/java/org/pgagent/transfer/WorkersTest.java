package org.pgagent.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class WorkersTest {
    /** Java takes a part of the young generation from what it says that it has. */
    private static final int SURVIVORS_MIB = 2;

    /** What the program in front gives (java_line.c). */
    private static long given(int workers) {
        return (128L + 13L * Math.max(0, workers - 4) - SURVIVORS_MIB) << 20;
    }

    @Test
    void all_have_room_in_what_the_program_in_front_gives() {
        for (int workers = 1; workers <= 64; workers++) {
            assertThat(Workers.fitting(workers, given(workers))).isEqualTo(workers);
        }
    }

    @Test
    void with_less_there_are_fewer_and_one_at_least() {
        assertThat(Workers.fitting(16, given(4))).isEqualTo(4);
        assertThat(Workers.fitting(16, given(8))).isEqualTo(8);
        assertThat(Workers.fitting(2, 16L << 20)).isEqualTo(1);
    }
}
