package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class WalSegmentTest {
    private static final Timeline ONE = new Timeline(1);

    private static WalSegmentSize mebibytes(int size) {
        return new WalSegmentSize(size << 20);
    }

    @ParameterizedTest(name = "{0} MiB")
    @CsvSource({
        "1, FFF", "2, 7FF", "4, 3FF", "8, 1FF", "16, FF", "32, 7F", "64, 3F", "128, 1F", "256, F", "512, 7", "1024, 3"
    })
    void the_last_part_of_a_name_counts_the_segments_in_4_gib(int size, String last) {
        WalSegment end = WalSegment.endingAt(ONE, Lsn.parse("1/0"), mebibytes(size));

        assertThat(end.fileName()).isEqualTo("0000000100000000" + "0".repeat(8 - last.length()) + last);
        assertThat(end.next().fileName()).isEqualTo("000000010000000100000000");
        assertThat(end.next().start()).isEqualTo(Lsn.parse("1/0")).isEqualTo(end.end());
    }

    @Property
    void a_segment_has_the_positions_from_its_start_to_its_end(
            @ForAll @LongRange(min = 1, max = 0xFFFF_FFFFL) long timeline,
            @ForAll long position,
            @ForAll @IntRange(min = 20, max = 30) int sizeBits) {
        WalSegmentSize size = new WalSegmentSize(1 << sizeBits);
        Lsn lsn = new Lsn(position);
        WalSegment segment = WalSegment.containing(new Timeline(timeline), lsn, size);

        assertThat(segment.start()).isLessThanOrEqualTo(lsn);
        assertThat(lsn.value() - segment.start().value()).isBetween(0L, size.bytes() - 1L);
        assertThat(segment.end().value() - segment.start().value()).isEqualTo(size.bytes());
        assertThat(segment.fileName()).hasSize(24);
        assertThat(WalSegment.parse(segment.fileName(), size)).isEqualTo(segment);
        assertThat(WalSegment.endingAt(segment.timeline(), segment.start().plus(1), size))
                .isEqualTo(segment);
    }

    @Property
    void names_on_one_timeline_sort_as_the_segments_do(
            @ForAll long one, @ForAll long other, @ForAll @IntRange(min = 20, max = 30) int sizeBits) {
        WalSegmentSize size = new WalSegmentSize(1 << sizeBits);
        WalSegment first = WalSegment.containing(ONE, new Lsn(one), size);
        WalSegment second = WalSegment.containing(ONE, new Lsn(other), size);

        assertThat(Integer.signum(first.fileName().compareTo(second.fileName())))
                .isEqualTo(Long.signum(first.number() - second.number()));
    }

    @Test
    void an_end_on_a_boundary_belongs_to_the_segment_before() {
        assertThat(WalSegment.containing(ONE, Lsn.parse("0/3000000"), WalSegmentSize.DEFAULT))
                .hasToString("000000010000000000000003");
        assertThat(WalSegment.endingAt(ONE, Lsn.parse("0/3000000"), WalSegmentSize.DEFAULT))
                .hasToString("000000010000000000000002");
        assertThat(WalSegment.endingAt(ONE, Lsn.parse("0/3000001"), WalSegmentSize.DEFAULT))
                .hasToString("000000010000000000000003");
    }

    @Test
    void nothing_ends_where_wal_begins() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WalSegment.endingAt(ONE, Lsn.ZERO, WalSegmentSize.DEFAULT));
    }

    @Test
    void the_same_stretch_on_another_timeline_has_the_same_number() {
        WalSegment segment = WalSegment.parse("000000010000000A000000FF", WalSegmentSize.DEFAULT);

        assertThat(segment.on(new Timeline(0xAB)).fileName()).isEqualTo("000000AB0000000A000000FF");
    }

    @Test
    void refuses_numbers_that_have_no_name() {
        WalSegment last = WalSegment.containing(ONE, new Lsn(-1), mebibytes(1));

        assertThat(last.fileName()).isEqualTo("00000001FFFFFFFF00000FFF");
        assertThatIllegalArgumentException().isThrownBy(last::next);
        assertThatIllegalArgumentException().isThrownBy(() -> new WalSegment(ONE, -1, WalSegmentSize.DEFAULT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "000000010000000A000000FG",
                "000000010000000a000000ff",
                "000000010000000A000000FF.partial",
                "000000010000000A00000100",
                "000000000000000A00000001"
            })
    void refuses_what_is_no_segment_of_16_mib(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> WalSegment.parse(name, WalSegmentSize.DEFAULT));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, -1, 1 << 19, (1 << 20) + 1, 3 << 20, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void refuses_sizes_that_initdb_refuses(int bytes) {
        assertThatIllegalArgumentException().isThrownBy(() -> new WalSegmentSize(bytes));
    }

    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("org.pgagent.postgres.Golden#majors")
    void names_are_those_of_the_server(int major) {
        Golden golden = new Golden(major);
        BackupLabel label = golden.label();

        assertThat(WalSegment.containing(label.timeline(), label.start(), golden.segmentSize())
                        .fileName())
                .isEqualTo(label.startSegment());
        ControlFile control = golden.controlFile();
        assertThat(WalSegment.containing(
                                control.checkpoint().timeline(),
                                control.checkpoint().redo(),
                                golden.segmentSize())
                        .fileName())
                .isEqualTo(golden.expected("pg_control.primary").get("redo_wal_file"));
    }

    @Test
    void a_range_does_not_end_before_it_starts() {
        assertThat(new WalRange(ONE, Lsn.parse("0/1"), Lsn.parse("0/1")).start())
                .isEqualTo(new Lsn(1));
        assertThatIllegalArgumentException().isThrownBy(() -> new WalRange(ONE, Lsn.parse("0/2"), Lsn.parse("0/1")));
        assertThat(new WalRange(ONE, Lsn.parse("7FFFFFFF/0"), Lsn.parse("80000000/0")).end())
                .hasToString("80000000/0");
    }
}
