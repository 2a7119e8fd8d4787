package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PageChecksumTest {
    private static final int PAGE = 8192;

    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("org.pgagent.postgres.Golden#majors")
    void is_the_checksum_that_the_server_wrote(int major) {
        ByteBuffer page = ByteBuffer.wrap(new Golden(major).bytes("page"));
        Map<String, String> server = new Golden(major).expected("page");
        long block = Long.parseLong(server.get("block"));

        int checksum = new PageChecksum(PAGE).compute(page, 0, block);

        assertThat(checksum).hasToString(server.get("checksum"));
        assertThat(PageHeader.parse(page, 0).checksum()).isEqualTo(checksum);
    }

    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("org.pgagent.postgres.Golden#majors")
    void the_header_says_what_the_server_says(int major) {
        PageHeader header = PageHeader.parse(ByteBuffer.wrap(new Golden(major).bytes("page")), 0);
        Map<String, String> server = new Golden(major).expected("page");

        assertThat(header.lsn()).hasToString(server.get("lsn"));
        assertThat(header.flags()).hasToString(server.get("flags"));
        assertThat(header.lower()).hasToString(server.get("lower"));
        assertThat(header.upper()).hasToString(server.get("upper"));
        assertThat(header.special()).hasToString(server.get("special"));
        assertThat(header.pageSize()).hasToString(server.get("pagesize"));
        assertThat(header.layoutVersion()).hasToString(server.get("version"));
        assertThat(header.pruneXid()).hasToString(server.get("prune_xid"));
        assertThat(header.isNew()).isFalse();
    }

    @Test
    void changes_with_every_flipped_bit_but_those_of_the_stored_checksum() {
        byte[] page = new Golden(15).bytes("page");
        PageChecksum checksum = new PageChecksum(PAGE);
        int right = checksum.compute(ByteBuffer.wrap(page), 0, 3);
        for (int bit = 0; bit < PAGE * 8; bit++) {
            page[bit / 8] ^= (byte) (1 << bit % 8);
            boolean stored = bit / 8 == 8 || bit / 8 == 9;
            assertThat(checksum.compute(ByteBuffer.wrap(page), 0, 3) == right)
                    .as("bit %d", bit)
                    .isEqualTo(stored);
            page[bit / 8] ^= (byte) (1 << bit % 8);
        }
    }

    @Test
    void changes_with_the_block_number() {
        ByteBuffer page = ByteBuffer.wrap(new Golden(15).bytes("page"));
        PageChecksum checksum = new PageChecksum(PAGE);

        assertThat(checksum.compute(page, 0, 2)).isNotEqualTo(checksum.compute(page, 0, 3));
        assertThat(checksum.compute(page, 0, 131072 + 3)).isNotEqualTo(checksum.compute(page, 0, 3));
    }

    /** So many pages that the compiled code with its vector instructions is checked, not the interpreter alone. */
    @ParameterizedTest
    @ValueSource(ints = {1024, 8192, 32768})
    void is_that_of_the_definition(int pageSize) {
        long seed = 20261122;
        Random random = new Random(seed);
        int pages = 32;
        byte[] content = new byte[pages * pageSize];
        ByteBuffer heap = ByteBuffer.wrap(content);
        ByteBuffer direct = ByteBuffer.allocateDirect(content.length + 3);
        PageChecksum checksum = new PageChecksum(pageSize);
        for (int round = 0; round < 100; round++) {
            random.nextBytes(content);
            direct.put(3, content);
            for (int i = 0; i < pages; i++) {
                long block = Integer.toUnsignedLong(random.nextInt());
                int expected = byDefinition(heap, i * pageSize, pageSize, block);
                assertThat(checksum.compute(heap, i * pageSize, block))
                        .as("seed %d, round %d, page %d", seed, round, i)
                        .isEqualTo(expected)
                        .isBetween(1, 65535);
                assertThat(checksum.compute(direct, 3 + i * pageSize, block)).isEqualTo(expected);
            }
        }
    }

    /** Word by word as the comment at the top of checksum_impl.h tells it, one lane after the other. */
    private static int byDefinition(ByteBuffer pages, int offset, int pageSize, long block) {
        int result = 0;
        for (int lane = 0; lane < 32; lane++) {
            int sum = LANE_START[lane];
            for (int row = 0; row < pageSize / 128; row++) {
                int at = offset + row * 128 + lane * 4;
                int word = pages.order(ByteOrder.LITTLE_ENDIAN).getInt(at);
                sum = step(sum, row == 0 && lane == 2 ? word & 0xFFFF0000 : word);
            }
            result ^= step(step(sum, 0), 0);
        }
        pages.order(ByteOrder.BIG_ENDIAN);
        return (int) (Integer.toUnsignedLong(result ^ (int) block) % 65535) + 1;
    }

    private static int step(int sum, int word) {
        return ((sum ^ word) * 0x01000193) ^ ((sum ^ word) >>> 17);
    }

    private static final int[] LANE_START = {
        0x5B1F36E9, 0xB8525960, 0x02AB50AA, 0x1DE66D2A, 0x79FF467A, 0x9BB9F8A3, 0x217E7CD2, 0x83E13D2C,
        0xF8D4474F, 0xE39EB970, 0x42C6AE16, 0x993216FA, 0x7B093B5D, 0x98DAFF3C, 0xF718902A, 0x0B1C9CDB,
        0xE58F764B, 0x187636BC, 0x5D7B3BB1, 0xE73DE7DE, 0x92BEC979, 0xCCA6C0B2, 0x304A0979, 0x85AA43D4,
        0x783125BB, 0x6CA8EAA2, 0xE407EAC6, 0x4B5CFC3E, 0x9FBF8C76, 0x15CA20BE, 0xF2CA9FD3, 0x959BD756
    };

    @ParameterizedTest
    @ValueSource(ints = {0, -8192, 512, 8191, 65536})
    void refuses_sizes_that_no_page_has(int size) {
        assertThatIllegalArgumentException().isThrownBy(() -> new PageChecksum(size));
    }

    private static ByteBuffer changed(byte[] page, int offset, int value) {
        ByteBuffer copy = ByteBuffer.wrap(page.clone());
        return copy.order(ByteOrder.LITTLE_ENDIAN).putShort(offset, (short) value);
    }

    @Test
    void a_page_whose_free_space_ends_nowhere_is_new() {
        byte[] page = new Golden(15).bytes("page");

        assertThat(PageHeader.parse(changed(page, 14, 0), 0).isNew()).isTrue();
    }
}
