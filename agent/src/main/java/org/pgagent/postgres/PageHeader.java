package org.pgagent.postgres;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The header of a page of a relation (bufpage.h, PageHeaderData), little-endian.
 *
 * @param lsn the end of the last WAL record that changed the page
 * @param lower where the free space begins
 * @param upper where the free space ends; 0 on a page that was never initialised
 * @param special where the access method's own space begins
 * @param pageSize as the page tells it
 * @param pruneXid the oldest transaction whose rows may be pruned, unsigned
 */
public record PageHeader(
        Lsn lsn,
        int checksum,
        int flags,
        int lower,
        int upper,
        int special,
        int pageSize,
        int layoutVersion,
        int pruneXid) {
    public static final int SIZE_BYTES = 24;
    static final int CHECKSUM_OFFSET = 8;
    private static final int UPPER_OFFSET = 14;

    /**
     * Where the WAL of a new cluster begins, at the earliest: behind its first segment, of 1 MiB at least. Lower numbers stand
     * for something else (gist.h, GistBuildLSN; xlogdefs.h, FirstNormalUnloggedLSN).
     */
    private static final Lsn FIRST_LOGGED = new Lsn(1 << 20);

    /** Reads the header at an absolute offset of the buffer, whatever its byte order; at least 24 bytes must follow. */
    public static PageHeader parse(ByteBuffer pages, int offset) {
        ByteBuffer header = pages.slice(offset, SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int sizeAndVersion = unsignedShort(header, 18);
        return new PageHeader(
                lsn(header, 0),
                unsignedShort(header, CHECKSUM_OFFSET),
                unsignedShort(header, 10),
                unsignedShort(header, 12),
                upper(header, 0),
                unsignedShort(header, 16),
                sizeAndVersion & 0xFF00,
                sizeAndVersion & 0xFF,
                header.getInt(20));
    }

    /** The LSN of a page in a little-endian buffer: two 32-bit halves, the high one first. */
    static Lsn lsn(ByteBuffer pages, int offset) {
        return new Lsn(Long.rotateLeft(pages.getLong(offset), 32));
    }

    /** The checksum that a page in a little-endian buffer carries. */
    static int checksum(ByteBuffer pages, int offset) {
        return unsignedShort(pages, offset + CHECKSUM_OFFSET);
    }

    /** Where the free space ends of a page in a little-endian buffer. */
    static int upper(ByteBuffer pages, int offset) {
        return unsignedShort(pages, offset + UPPER_OFFSET);
    }

    private static int unsignedShort(ByteBuffer buffer, int offset) {
        return Short.toUnsignedInt(buffer.getShort(offset));
    }

    /**
     * Whether this is the header of a page that was initialised and logged: sizes in order (as PageIsVerified of bufpage.c
     * looks at them) and an LSN that can be one. PostgreSQL 14 to 16 build a GiST index by sorting with pages on disk whose LSN
     * is 0/1, although they are in WAL.
     */
    public boolean isSound(int expectedPageSize) {
        return pageSize == expectedPageSize
                && !lsn.isBefore(FIRST_LOGGED)
                && lower >= SIZE_BYTES
                && lower <= upper
                && upper <= special
                && special <= pageSize;
    }

    /** Whether the page was never initialised, as PostgreSQL tells it. */
    public boolean isNew() {
        return upper == 0;
    }
}
