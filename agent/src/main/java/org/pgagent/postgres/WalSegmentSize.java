package org.pgagent.postgres;

/** The size of a cluster's WAL segments: a power of two from 1 MiB to 1 GiB (initdb's {@code --wal-segsize}). */
public record WalSegmentSize(int bytes) {
    public static final WalSegmentSize DEFAULT = new WalSegmentSize(16 << 20);

    public WalSegmentSize {
        if (bytes < 1 << 20 || bytes > 1 << 30 || Integer.bitCount(bytes) != 1) {
            throw new IllegalArgumentException("not a WAL segment size: " + bytes + " bytes (a good one: 16777216)");
        }
    }

    /** How many segments share the middle part of a file name: 256 at 16 MiB (xlog_internal.h). */
    long segmentsPerLogId() {
        return 0x1_0000_0000L / bytes;
    }
}
