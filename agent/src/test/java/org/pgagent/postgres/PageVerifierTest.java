package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgagent.postgres.PageVerifier.BadPage;

final class PageVerifierTest {
    private static final int PAGE = 8192;
    private static final Golden GOLDEN = new Golden(15);
    private static final byte[] GOOD = GOLDEN.bytes("page");
    private static final long BLOCK = 3;
    private static final Lsn PAGE_LSN = Lsn.parse(GOLDEN.expected("page").get("lsn"));
    private static final Lsn LATER = PAGE_LSN.plus(1000);
    private static final Lsn LATEST = PAGE_LSN.plus(2000);

    private static List<BadPage> verify(ByteBuffer pages, Lsn backupStart, Lsn walEnd) {
        return new PageVerifier(PAGE, backupStart).verify(pages, BLOCK, walEnd);
    }

    private static ByteBuffer pages(byte[]... pages) {
        ByteBuffer all = ByteBuffer.allocate(pages.length * PAGE);
        for (byte[] page : pages) {
            all.put(page);
        }
        return all.flip();
    }

    private static byte[] withByte(int offset, int value) {
        byte[] page = GOOD.clone();
        page[offset] = (byte) value;
        return page;
    }

    private static byte[] damaged() {
        return withByte(5000, GOOD[5000] ^ 1);
    }

    @Test
    void a_page_with_the_right_checksum_is_good() {
        assertThat(verify(pages(GOOD), LATER, LATEST)).isEmpty();
        assertThat(verify(ByteBuffer.allocateDirect(PAGE).put(GOOD).flip(), LATER, LATEST))
                .isEmpty();
    }

    @Test
    void a_page_in_the_wrong_place_is_bad() {
        assertThat(new PageVerifier(PAGE, LATER).verify(pages(GOOD), BLOCK + 1, LATEST))
                .containsExactly(new BadPage(BLOCK + 1, PageFault.CHECKSUM_MISMATCH));
    }

    @Test
    void a_page_of_zeros_is_good() {
        assertThat(verify(pages(new byte[PAGE]), LATER, LATEST)).isEmpty();
    }

    @Test
    void a_new_page_with_anything_on_it_is_bad() {
        for (int offset : new int[] {0, 8, 15, 24, 4096, PAGE - 1}) {
            byte[] page = new byte[PAGE];
            page[offset] = 1;
            // Offset 15 is the high byte of pd_upper, which makes it no new page.
            PageFault fault = offset == 15 ? PageFault.CHECKSUM_MISMATCH : PageFault.NEW_PAGE_NOT_EMPTY;
            assertThat(verify(pages(page), LATER, LATEST)).containsExactly(new BadPage(BLOCK, fault));
        }
    }

    @Test
    void a_damaged_page_that_is_older_than_the_backup_is_bad() {
        assertThat(verify(pages(damaged()), LATER, LATEST))
                .containsExactly(new BadPage(BLOCK, PageFault.CHECKSUM_MISMATCH));
        assertThat(verify(pages(damaged()), PAGE_LSN.plus(1), LATEST)).hasSize(1);
    }

    @Test
    void a_torn_page_that_replay_brings_back_is_good() {
        assertThat(verify(pages(damaged()), PAGE_LSN.plus(-1), LATEST)).isEmpty();
        assertThat(verify(pages(damaged()), PAGE_LSN, LATEST)).isEmpty();
        assertThat(verify(pages(damaged()), PAGE_LSN, PAGE_LSN)).isEmpty();
    }

    @Test
    void a_damaged_page_from_the_future_is_bad() {
        assertThat(verify(pages(damaged()), PAGE_LSN.plus(-2), PAGE_LSN.plus(-1)))
                .containsExactly(new BadPage(BLOCK, PageFault.LSN_BEYOND_WAL));
        byte[] farFuture = damaged();
        ByteBuffer.wrap(farFuture).order(ByteOrder.LITTLE_ENDIAN).putInt(0, 0x80000000);
        assertThat(verify(pages(farFuture), PAGE_LSN, LATEST))
                .containsExactly(new BadPage(BLOCK, PageFault.LSN_BEYOND_WAL));
    }

    @Test
    void a_page_without_checksum_is_bad() {
        byte[] page = withByte(8, 0);
        page[9] = 0;

        assertThat(verify(pages(page), LATER, LATEST)).containsExactly(new BadPage(BLOCK, PageFault.CHECKSUM_MISMATCH));
    }

    @Test
    void each_bad_page_of_a_chunk_is_told_with_its_block_number() {
        ByteBuffer chunk = pages(GOOD, GOOD, new byte[PAGE], damaged(), new byte[PAGE]);

        assertThat(verify(chunk, LATER, LATEST))
                .containsExactly(
                        new BadPage(BLOCK + 1, PageFault.CHECKSUM_MISMATCH),
                        new BadPage(BLOCK + 3, PageFault.CHECKSUM_MISMATCH));
    }

    @Test
    void block_numbers_count_from_the_start_of_the_fork() {
        long firstBlock = new RelationFile(
                        1663, 1, 2, RelationFile.Fork.MAIN, 40000, RelationFile.Persistence.PERMANENT)
                .firstBlock(131072);

        assertThat(new PageVerifier(PAGE, LATER).verify(pages(GOOD), firstBlock, LATEST))
                .containsExactly(new BadPage(40000L * 131072, PageFault.CHECKSUM_MISMATCH));
    }

    @Test
    void what_follows_the_last_whole_page_is_not_looked_at() {
        ByteBuffer chunk = ByteBuffer.allocate(2 * PAGE).put(GOOD).put(damaged(), 0, PAGE - 1);

        assertThat(verify(chunk.flip(), LATER, LATEST)).isEmpty();
        assertThat(verify(ByteBuffer.allocate(0), LATER, LATEST)).isEmpty();
        assertThat(verify(ByteBuffer.wrap(damaged(), 0, PAGE - 1), LATER, LATEST))
                .isEmpty();
    }

    @Test
    void looks_from_position_to_limit_and_leaves_both() {
        ByteBuffer chunk =
                ByteBuffer.allocate(3 * PAGE).put(11, GOOD).position(11).limit(11 + PAGE);

        assertThat(verify(chunk, LATER, LATEST)).isEmpty();
        assertThat(chunk.position()).isEqualTo(11);
        assertThat(chunk.limit()).isEqualTo(11 + PAGE);
        assertThat(chunk.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
    }
}
