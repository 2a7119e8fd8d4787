package org.pgagent.postgres;

import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * One file of WAL: the {@code number}-th stretch of {@code size} bytes, as written on a timeline. Its name is the
 * timeline and the number, 24 hexadecimal digits (xlog_internal.h, XLogFileName).
 */
public record WalSegment(Timeline timeline, long number, WalSegmentSize size) {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();
    private static final Pattern FILE_NAME = Pattern.compile("[0-9A-F]{24}");

    public WalSegment {
        if (number < 0 || number >= size.segmentsPerLogId() << 32) {
            throw new IllegalArgumentException("no WAL segment of " + size.bytes() + " bytes has number " + number);
        }
    }

    /** The segment that has the byte at {@code lsn}. */
    public static WalSegment containing(Timeline timeline, Lsn lsn, WalSegmentSize size) {
        return new WalSegment(timeline, Long.divideUnsigned(lsn.value(), size.bytes()), size);
    }

    /** The last segment of a range that ends before {@code end}: an end on a boundary belongs to the segment before. */
    public static WalSegment endingAt(Timeline timeline, Lsn end, WalSegmentSize size) {
        if (end.equals(Lsn.ZERO)) {
            throw new IllegalArgumentException("no WAL segment ends at " + end);
        }
        return containing(timeline, end.plus(-1), size);
    }

    /** Reads a segment's file name; the size must be the cluster's, or the number comes out wrong. */
    public static WalSegment parse(String fileName, WalSegmentSize size) {
        if (!FILE_NAME.matcher(fileName).matches()) {
            throw new IllegalArgumentException(
                    "not the name of a WAL segment: '" + fileName + "' (a good one: 000000010000000A000000FF)");
        }
        long logId = Long.parseLong(fileName.substring(8, 16), 16);
        long inLogId = Long.parseLong(fileName.substring(16), 16);
        if (inLogId >= size.segmentsPerLogId()) {
            throw new IllegalArgumentException(
                    "no WAL segment of " + size.bytes() + " bytes is called '" + fileName + "'");
        }
        return new WalSegment(
                Timeline.parseHex(fileName.substring(0, 8)), logId * size.segmentsPerLogId() + inLogId, size);
    }

    public String fileName() {
        return timeline.hex()
                + HEX.toHexDigits(number / size.segmentsPerLogId(), 8)
                + HEX.toHexDigits(number % size.segmentsPerLogId(), 8);
    }

    /** The LSN of the segment's first byte. */
    public Lsn start() {
        return new Lsn(number * size.bytes());
    }

    /** The LSN after the segment's last byte. */
    public Lsn end() {
        return new Lsn((number + 1) * size.bytes());
    }

    public WalSegment next() {
        return new WalSegment(timeline, number + 1, size);
    }

    /** The same stretch of WAL on another timeline. */
    public WalSegment on(Timeline other) {
        return new WalSegment(other, number, size);
    }

    @Override
    public String toString() {
        return fileName();
    }
}
