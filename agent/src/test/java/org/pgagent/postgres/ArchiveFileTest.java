package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ArchiveFileTest {
    private static final WalSegment SEGMENT =
            new WalSegment(new Timeline(0x1A), 0xB * 256L + 0xC, WalSegmentSize.DEFAULT);

    @Test
    void tells_a_segment() {
        assertThat(ArchiveFile.parse("0000001A0000000B0000000C"))
                .isInstanceOfSatisfying(ArchiveFile.Segment.class, file -> {
                    assertThat(file.fileName()).isEqualTo("0000001A0000000B0000000C");
                    assertThat(file.timeline()).isEqualTo(new Timeline(0x1A));
                    assertThat(file.segment(WalSegmentSize.DEFAULT)).isEqualTo(SEGMENT);
                });
    }

    @Test
    void tells_a_partial_segment() {
        assertThat(ArchiveFile.parse("0000001A0000000B0000000C.partial"))
                .isInstanceOfSatisfying(ArchiveFile.Partial.class, file -> {
                    assertThat(file.fileName()).isEqualTo("0000001A0000000B0000000C.partial");
                    assertThat(file.timeline()).isEqualTo(new Timeline(0x1A));
                    assertThat(file.segment(WalSegmentSize.DEFAULT)).isEqualTo(SEGMENT);
                });
    }

    @Test
    void tells_a_history_file() {
        assertThat(ArchiveFile.parse("0000001A.history"))
                .isEqualTo(new ArchiveFile.History(new Timeline(0x1A)))
                .extracting(ArchiveFile::fileName)
                .isEqualTo("0000001A.history");
    }

    @Test
    void tells_a_backup_history_file() {
        assertThat(ArchiveFile.parse("0000001A0000000B0000000C.00000028.backup"))
                .isInstanceOfSatisfying(ArchiveFile.BackupHistory.class, file -> {
                    assertThat(file.timeline()).isEqualTo(new Timeline(0x1A));
                    assertThat(file.segment(WalSegmentSize.DEFAULT)).isEqualTo(SEGMENT);
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0000001a0000000b0000000c",
                "0000001A0000000B0000000",
                "0000001A0000000B0000000C0",
                "0000001A0000000B0000000C.Partial",
                "0000001A0000000B0000000C.partial.partial",
                "0000001A0000000B0000000C.28.backup",
                "0000001A.history ",
                "1A.history",
                "000000000000000B0000000C",
                "00000000.history",
                "RECOVERYXLOG",
                "...",
                "a b%c'd\"e\\f",
                "0123456789012345678901234567890123456789012345678901234567890123"
            })
    void anything_else_is_opaque(String name) {
        assertThat(ArchiveFile.parse(name)).isEqualTo(new ArchiveFile.Opaque(name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "/",
                "../0000001A0000000B0000000C",
                "pg_wal/0000001A0000000B0000000C",
                "0000001A0000000B0000000C\n",
                "0000001A0000000B0000000C\0",
                "tab\t",
                "delete\u007F",
                "caf\u00E9",
                "01234567890123456789012345678901234567890123456789012345678901234"
            })
    void refuses_what_is_no_file_name_of_the_archive(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ArchiveFile.parse(name))
                .withMessageContaining("000000010000000A000000FF");
    }

    @Test
    void a_case_refuses_the_name_of_another() {
        assertThatIllegalArgumentException().isThrownBy(() -> new ArchiveFile.Segment("0000001A.history"));
        assertThatIllegalArgumentException().isThrownBy(() -> new ArchiveFile.Partial("0000001A0000000B0000000C"));
        assertThatIllegalArgumentException().isThrownBy(() -> new ArchiveFile.BackupHistory("0000001A.backup"));
        assertThatIllegalArgumentException().isThrownBy(() -> new ArchiveFile.Opaque("a/b"));
    }

    @Test
    void a_name_that_does_not_fit_the_segment_size_is_refused_when_the_size_is_known() {
        ArchiveFile.Segment file = new ArchiveFile.Segment("0000001A0000000B000000FF");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> file.segment(new WalSegmentSize(64 << 20)))
                .withMessageContaining("67108864");
    }

    @Property
    void every_name_that_the_archiver_takes_is_kept(
            @ForAll
                    @Chars({'.', 'h', 'i', 's', 't', 'o', 'r', 'y', 'b', 'a', 'c', 'k', 'u', 'p', 'l'})
                    @CharRange(from = '0', to = '9')
                    @CharRange(from = 'A', to = 'F')
                    @StringLength(min = 16, max = 40)
                    String name) {
        assertThat(ArchiveFile.parse(name).fileName()).isEqualTo(name);
    }
}
