package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

final class WalSegmentHeaderTest {
    private static final Golden GOLDEN = new Golden(15);
    private static final String NAME = GOLDEN.label().startSegment();
    private static final WalSegment SEGMENT = WalSegment.parse(NAME, GOLDEN.segmentSize());
    private static final SystemIdentifier CLUSTER = GOLDEN.controlFile().systemIdentifier();

    private static Optional<String> contradiction(ByteBuffer head) throws PgAgentException {
        return WalSegmentHeader.parse(head)
                .contradiction(SEGMENT, SEGMENT.size().bytes(), CLUSTER, OptionalInt.of(15));
    }

    private static ByteBuffer head() {
        return ByteBuffer.wrap(GOLDEN.bytes(NAME)).order(ByteOrder.LITTLE_ENDIAN);
    }

    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("org.pgagent.postgres.Golden#majors")
    void accepts_what_the_server_wrote(int major) throws PgAgentException {
        Golden golden = new Golden(major);
        String name = golden.label().startSegment();
        WalSegmentHeader header = WalSegmentHeader.parse(ByteBuffer.wrap(golden.bytes(name)));
        WalSegment segment = WalSegment.parse(name, golden.segmentSize());

        assertThat(header.majorVersion()).hasValue(major);
        assertThat(header.pageAddress()).isEqualTo(segment.start());
        assertThat(header.segmentSizeBytes()).isEqualTo(golden.segmentSize().bytes());
        assertThat(header.pageSizeBytes()).isEqualTo(8192);
        assertThat(header.timelineId()).isEqualTo(1);
        assertThat(header.contradiction(
                        segment,
                        segment.size().bytes(),
                        golden.controlFile().systemIdentifier(),
                        OptionalInt.of(major)))
                .isEmpty();
        assertThat(header.contradiction(
                        segment, segment.size().bytes(), golden.controlFile().systemIdentifier(), OptionalInt.empty()))
                .isEmpty();
    }

    @ParameterizedTest(name = "PostgreSQL {0}")
    @CsvSource({
        "13, 00000002000000000000000C",
        "14, 000000020000000000000009",
        "15, 000000020000000000000006",
        "16, 000000020000000000000005",
        "17, 000000020000000000000006",
        "18, 000000020000000000000004"
    })
    void the_segment_of_a_switch_begins_with_the_old_timeline(int major, String name) throws PgAgentException {
        Golden golden = new Golden(major);
        WalSegmentHeader header = WalSegmentHeader.parse(ByteBuffer.wrap(golden.bytes(name)));

        assertThat(header.timelineId()).isEqualTo(1);
        assertThat(header.contradiction(
                        WalSegment.parse(name, golden.segmentSize()),
                        golden.segmentSize().bytes(),
                        golden.controlFile().systemIdentifier(),
                        OptionalInt.of(major)))
                .isEmpty();
    }

    @Test
    void reads_at_the_position_whatever_the_byte_order_and_leaves_it() throws PgAgentException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(100);
        buffer.position(7).put(GOLDEN.bytes(NAME), 0, 40).flip().position(7);

        assertThat(contradiction(buffer)).isEmpty();
        assertThat(buffer.position()).isEqualTo(7);
        assertThat(buffer.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
    }

    @Test
    void names_the_foreign_cluster() throws PgAgentException {
        ByteBuffer head = head().putLong(24, 7);

        assertThat(contradiction(head)).hasValue("it is WAL of the cluster with system identifier 7, not " + CLUSTER);
    }

    @Test
    void tells_another_version() throws PgAgentException {
        assertThat(contradiction(head().putShort(0, (short) 0xD113))).hasValue("it is WAL of PostgreSQL 16, not 15");
    }

    @Test
    void tells_what_is_no_wal() throws PgAgentException {
        assertThat(contradiction(head().putShort(0, (short) 0xD1FF)))
                .hasValueSatisfying(sentence -> assertThat(sentence).contains("magic D1FF"));
        assertThat(contradiction(ByteBuffer.allocate(8192))).isPresent();
        assertThat(contradiction(head().putShort(2, (short) 0))).isPresent();
        assertThat(contradiction(head().putInt(36, 8191))).isPresent();
        assertThat(contradiction(head().putInt(36, 0))).isPresent();
    }

    @Test
    void tells_another_place_in_the_wal() throws PgAgentException {
        assertThat(contradiction(head().putLong(8, SEGMENT.next().start().value())))
                .hasValue("its first byte has the LSN " + SEGMENT.next().start() + ", not " + SEGMENT.start());
    }

    @Test
    void tells_a_younger_timeline_and_none() throws PgAgentException {
        assertThat(contradiction(head().putInt(4, 2))).hasValue("it was written on timeline 2, its name tells 1");
        assertThat(contradiction(head().putInt(4, 0))).isPresent();
        assertThat(contradiction(head().putInt(4, -1)))
                .hasValue("it was written on timeline 4294967295, its name tells 1");
    }

    @Test
    void tells_another_size() throws PgAgentException {
        assertThat(contradiction(head().putInt(32, 1 << 20)))
                .hasValue("its header tells a segment size of 1048576, not 16777216");
        assertThat(WalSegmentHeader.parse(head()).contradiction(SEGMENT, 16777215, CLUSTER, OptionalInt.empty()))
                .hasValue("its size in bytes is 16777215, not 16777216");
    }

    @Test
    void refuses_a_file_that_is_shorter_than_the_header() {
        assertThat(Refusal.of(ErrorKind.BAD_ARCHIVE_FILE, () -> WalSegmentHeader.parse(ByteBuffer.allocate(39))))
                .hasMessageContaining("39");
    }
}
