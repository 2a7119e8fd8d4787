package org.pgagent.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.postgres.Lsn;

/** What is stored of a file of pages that changes from backup to backup. */
final class IncrementalUploadTest {
    private static final int PAGE = 8192;
    private static final int WINDOW_PAGES = 16;
    private static final int WINDOW = WINDOW_PAGES * PAGE;

    @TempDir
    Path dir;

    private RelationBackups backups;
    private Path file;
    private long lsn = 1 << 24;

    @BeforeEach
    void open() throws IOException {
        backups = new RelationBackups(Files.createDirectory(dir.resolve("repository")), WINDOW);
        file = dir.resolve("16384");
    }

    @AfterEach
    void close() {
        backups.close();
    }

    @Test
    void nothing_is_stored_of_a_file_that_is_the_same() throws IOException {
        write(pages(40));
        UploadedFile full = upload(Predecessor.NONE);

        UploadedFile again = upload(backups.predecessor(full, new ChangeRule.ByContent()));

        assertThat(again.content()).isEqualTo(full.content());
        assertThat(again.crc32c()).isEqualTo(full.crc32c());
        assertThat(backups.storedBytes()).isZero();
    }

    @Test
    void a_file_without_a_listed_page_is_not_read() throws IOException {
        write(pages(40));
        UploadedFile full = upload(Predecessor.NONE);

        UploadedFile again = upload(backups.predecessor(full, listed(new BitSet())));

        assertThat(again.content()).isEqualTo(full.content());
        assertThat(again.crc32c()).isEqualTo(full.crc32c());
        assertThat(again.readBytes()).isZero();
    }

    @Test
    void of_a_window_with_few_changes_the_changed_pages_alone_are_stored_and_read() throws IOException {
        byte[] content = pages(40);
        write(content);
        UploadedFile full = upload(Predecessor.NONE);
        BitSet changed = new BitSet();
        for (int page : new int[] {3, 4, 17}) {
            change(content, page);
            changed.set(page);
        }
        write(content);

        UploadedFile listed = upload(backups.predecessor(full, listed(changed)));

        assertThat(listed.readBytes()).isEqualTo(3 * PAGE);
        assertThat(backups.storedBytes()).isEqualTo(3 * PAGE);
        assertThat(listed.crc32c()).isEmpty();
        assertThat(backups.readBack(listed)).isEqualTo(content);
        assertThat(listed.content().chunks()).hasSize(5);
    }

    @Test
    void a_window_that_is_mostly_overlaid_is_stored_whole_again() throws IOException {
        byte[] content = pages(WINDOW_PAGES);
        write(content);
        UploadedFile before = upload(Predecessor.NONE);
        for (int page = 0; page < WINDOW_PAGES; page++) {
            Lsn since = new Lsn(lsn);
            change(content, page);
            write(content);
            before = upload(backups.predecessor(before, new ChangeRule.ByPageLsn(since, PAGE)));
            assertThat(backups.readBack(before)).isEqualTo(content);
            assertThat(backups.storedBytes()).isEqualTo(page == WINDOW_PAGES / 2 ? WINDOW : PAGE);
        }
    }

    /** Hint bits without a log record, SP-GiST's metapage: as good, and not the same bytes. */
    @Test
    void no_sum_is_told_of_a_file_in_which_older_pages_stand_for_others() throws IOException {
        byte[] content = pages(40);
        write(content);
        UploadedFile full = upload(Predecessor.NONE);
        byte[] restored = content.clone();
        Lsn since = new Lsn(lsn);
        change(content, 3);
        System.arraycopy(content, 3 * PAGE, restored, 3 * PAGE, PAGE);
        content[5 * PAGE + 100]++;
        write(content);

        UploadedFile overlaid = upload(backups.predecessor(full, new ChangeRule.ByPageLsn(since, PAGE)));

        assertThat(overlaid.crc32c()).isEmpty();
        assertThat(backups.readBack(overlaid)).isEqualTo(restored);
    }

    @Test
    void content_that_changed_behind_the_lsns_is_stored_nevertheless() throws IOException {
        byte[] content = pages(40);
        write(content);
        UploadedFile full = upload(Predecessor.NONE);
        content[20 * PAGE + 5000] ^= 1;
        write(content);

        UploadedFile after = upload(backups.predecessor(full, new ChangeRule.ByPageLsn(new Lsn(lsn), PAGE)));

        assertThat(after.unexplained()).isEqualTo(1);
        assertThat(backups.readBack(after)).isEqualTo(content);
    }

    /** The root of a GiST index that was being built when the parent was taken: zeros, and then a page with the LSN 0/1. */
    @Test
    void a_page_whose_lsn_is_none_is_stored_beside_one_that_has_changed() throws IOException {
        byte[] content = pages(40);
        Arrays.fill(content, 0, PAGE, (byte) 0);
        write(content);
        UploadedFile full = upload(Predecessor.NONE);
        Lsn since = new Lsn(lsn);
        change(content, 3);
        change(content, 0);
        ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).putInt(4, 1);
        write(content);

        UploadedFile after = upload(backups.predecessor(full, new ChangeRule.ByPageLsn(since, PAGE)));

        assertThat(backups.readBack(after)).isEqualTo(content);
        assertThat(backups.storedBytes()).isEqualTo(2 * PAGE);
    }

    @Test
    void a_file_that_ends_within_a_page_is_told_by_its_content() throws IOException {
        byte[] content = pages(40);
        write(content);
        UploadedFile full = upload(Predecessor.NONE);
        Lsn since = new Lsn(lsn);
        change(content, 3);
        write(content);
        UploadedFile overlaid = upload(backups.predecessor(full, new ChangeRule.ByPageLsn(since, PAGE)));
        assertThat(backups.storedBytes()).isEqualTo(PAGE);
        byte[] odd = Arrays.copyOf(content, content.length + PAGE / 2);
        write(odd);

        for (ChangeRule rule : List.of(new ChangeRule.ByPageLsn(new Lsn(lsn), PAGE), listed(new BitSet()))) {
            assertThat(backups.readBack(upload(backups.predecessor(overlaid, rule))))
                    .isEqualTo(odd);
        }
    }

    @Test
    void what_the_store_has_lost_is_stored_anew() throws IOException {
        byte[] content = pages(40);
        write(content);
        UploadedFile full = upload(Predecessor.NONE);
        backups.lose(full.content().chunks().get(0).pack());

        UploadedFile after = upload(backups.predecessor(full, listed(new BitSet())));

        assertThat(backups.readBack(after)).isEqualTo(content);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
    void every_backup_of_a_chain_gives_back_the_bytes_that_were_read(long seed) throws IOException {
        Random random = new Random(seed);
        byte[] content = pages(1 + random.nextInt(60));
        write(content);
        UploadedFile last = upload(Predecessor.NONE);
        for (int backup = 0; backup < 40; backup++) {
            Lsn since = new Lsn(lsn);
            BitSet changed = new BitSet();
            content = mutate(content, random, changed);
            write(content);
            ChangeRule rule = switch (random.nextInt(3)) {
                case 0 -> new ChangeRule.ByContent();
                case 1 -> new ChangeRule.ByPageLsn(since, PAGE);
                default -> listed(changed);
            };
            last = upload(backups.predecessor(last, rule));
            assertThat(backups.readBack(last))
                    .as("seed %d, backup %d, %s", seed, backup, rule)
                    .isEqualTo(content);
            assertThat(last.unexplained()).isZero();
        }
    }

    /** Changes, truncates and extends as a server does, and notes which pages those are. */
    private byte[] mutate(byte[] content, Random random, BitSet changed) {
        byte[] result = content;
        if (random.nextInt(4) == 0) {
            int pages = random.nextInt(content.length / PAGE + 1);
            result = Arrays.copyOf(content, pages * PAGE);
            changed.set(pages, 1000); // as the limit block of a WAL summary
        }
        if (random.nextInt(3) == 0 || result.length == 0) {
            int before = result.length / PAGE;
            result = Arrays.copyOf(result, result.length + (1 + random.nextInt(30)) * PAGE);
            for (int page = before; page < result.length / PAGE; page++) {
                if (random.nextInt(5) > 0) {
                    change(result, page); // others stay zero
                }
                changed.set(page);
            }
        }
        for (int i = random.nextInt(6); i > 0; i--) {
            int page = random.nextInt(result.length / PAGE);
            change(result, page);
            changed.set(page);
        }
        return result;
    }

    private byte[] pages(int count) {
        byte[] content = new byte[count * PAGE];
        for (int page = 0; page < count; page++) {
            change(content, page);
        }
        return content;
    }

    /** Fills a page with what does not compress, behind a sound header with the next LSN. */
    private void change(byte[] content, int page) {
        byte[] random = new byte[PAGE];
        new Random(lsn).nextBytes(random);
        System.arraycopy(random, 0, content, page * PAGE, PAGE);
        ByteBuffer.wrap(content, page * PAGE, PAGE)
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0, 0)
                .putInt(4, (int) lsn)
                .putShort(12, (short) 24)
                .putShort(14, (short) 8000)
                .putShort(16, (short) PAGE)
                .putShort(18, (short) (PAGE | 4));
        lsn++;
    }

    private static ChangeRule listed(BitSet pages) {
        return new ChangeRule.Listed(pages, PAGE);
    }

    private void write(byte[] content) throws IOException {
        Files.write(file, content);
    }

    private UploadedFile upload(Predecessor predecessor) throws IOException {
        return backups.upload(file, predecessor, ReadRate.UNLIMITED);
    }
}
