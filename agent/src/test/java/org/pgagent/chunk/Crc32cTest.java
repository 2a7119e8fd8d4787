package org.pgagent.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

final class Crc32cTest {
    private static int crc(byte[] bytes, int from, int to) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, to - from);
        return (int) crc.getValue();
    }

    @Test
    void the_crc_of_two_parts_is_that_of_the_whole() {
        Random random = new Random(3);
        for (int length : new int[] {0, 1, 2, 7, 8, 255, 256, 65_537, 3_000_000}) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            for (int i = 0; i < 20; i++) {
                int cut = random.nextInt(length + 1);
                assertThat(Crc32c.join(crc(bytes, 0, cut), crc(bytes, cut, length), length - cut))
                        .as("%d of %d bytes", cut, length)
                        .isEqualTo(crc(bytes, 0, length));
            }
        }
    }
}
