package org.pgagent.postgres;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * The header that begins every WAL segment (xlog_internal.h, XLogLongPageHeaderData), little-endian. Nothing is checked
 * while it is read; {@link #contradiction} does that.
 *
 * @param timelineId 0 to 2^32-1
 * @param pageAddress the LSN of the segment's first byte
 * @param segmentSizeBytes 0 to 2^32-1
 * @param pageSizeBytes 0 to 2^32-1
 */
public record WalSegmentHeader(
        int magic,
        int flags,
        long timelineId,
        Lsn pageAddress,
        SystemIdentifier systemIdentifier,
        long segmentSizeBytes,
        long pageSizeBytes) {
    public static final int SIZE_BYTES = 40;

    private static final int LONG_HEADER_FLAG = 0x2;
    private static final int PAGE_SIZE_MIN = 1 << 10;
    private static final int PAGE_SIZE_MAX = 1 << 16;

    private static final Map<Integer, Integer> MAJOR_BY_MAGIC =
            Map.of(0xD106, 13, 0xD10D, 14, 0xD110, 15, 0xD113, 16, 0xD116, 17, 0xD118, 18);

    /**
     * Reads the header at the buffer's position, which is not moved.
     *
     * @throws PgAgentException of kind BAD_ARCHIVE_FILE if there are fewer than {@link #SIZE_BYTES} bytes
     */
    public static WalSegmentHeader parse(ByteBuffer head) throws PgAgentException {
        if (head.remaining() < SIZE_BYTES) {
            throw new PgAgentException(
                    ErrorKind.BAD_ARCHIVE_FILE,
                    "a WAL segment begins with " + SIZE_BYTES + " bytes of header, the file has " + head.remaining(),
                    "The file was cut short; look at the file system it comes from.");
        }
        ByteBuffer header = head.slice().order(ByteOrder.LITTLE_ENDIAN);
        return new WalSegmentHeader(
                Short.toUnsignedInt(header.getShort(0)),
                Short.toUnsignedInt(header.getShort(2)),
                Integer.toUnsignedLong(header.getInt(4)),
                new Lsn(header.getLong(8)),
                new SystemIdentifier(header.getLong(24)),
                Integer.toUnsignedLong(header.getInt(32)),
                Integer.toUnsignedLong(header.getInt(36)));
    }

    /** PostgreSQL's major version that writes such WAL; empty for one that is not supported. */
    public OptionalInt majorVersion() {
        Integer major = MAJOR_BY_MAGIC.get(magic);
        return major == null ? OptionalInt.empty() : OptionalInt.of(major);
    }

    /**
     * Why a file with this header is not the segment that it should be: a clause for a message, such as
     * {@code it has 42 bytes, not 16777216}; empty if it may be that segment.
     *
     * @param expected the segment that the name tells
     * @param fileSizeBytes the size of the file
     * @param cluster the cluster to which it should belong
     * @param majorVersion the cluster's version, where it is known
     */
    public Optional<String> contradiction(
            WalSegment expected, long fileSizeBytes, SystemIdentifier cluster, OptionalInt majorVersion) {
        return versionContradiction(majorVersion)
                .or(() -> unequal("it is WAL of the cluster with system identifier ", systemIdentifier, cluster))
                .or(() -> unequal("its header tells a segment size of ", segmentSizeBytes, (long)
                        expected.size().bytes()))
                .or(() -> unequal("its size in bytes is ", fileSizeBytes, segmentSizeBytes))
                .or(() -> unequal("its first byte has the LSN ", pageAddress, expected.start()))
                .or(() -> timelineContradiction(expected.timeline()));
    }

    private Optional<String> versionContradiction(OptionalInt expected) {
        if (majorVersion().isEmpty() || (flags & LONG_HEADER_FLAG) == 0 || !plausiblePageSize()) {
            return Optional.of(String.format(
                    "it does not begin like WAL of PostgreSQL %d to %d (magic %04X, flags %04X, page size %d)",
                    CatalogVersion.MAJOR_MIN, CatalogVersion.MAJOR_MAX, magic, flags, pageSizeBytes));
        }
        return expected.isEmpty()
                ? Optional.empty()
                : unequal("it is WAL of PostgreSQL ", majorVersion().getAsInt(), expected.getAsInt());
    }

    private boolean plausiblePageSize() {
        return pageSizeBytes >= PAGE_SIZE_MIN && pageSizeBytes <= PAGE_SIZE_MAX && Long.bitCount(pageSizeBytes) == 1;
    }

    /** A segment in which a new timeline begins has pages of the old one before the switch. */
    private Optional<String> timelineContradiction(Timeline expected) {
        return timelineId >= 1 && timelineId <= expected.id()
                ? Optional.empty()
                : Optional.of("it was written on timeline " + timelineId + ", its name tells " + expected);
    }

    private static <T> Optional<String> unequal(String fact, T actual, T expected) {
        return actual.equals(expected) ? Optional.empty() : Optional.of(fact + actual + ", not " + expected);
    }
}
