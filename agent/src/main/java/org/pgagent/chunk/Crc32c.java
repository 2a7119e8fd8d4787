package org.pgagent.chunk;

/**
 * CRC-32C (RFC 3720, appendix B.4) of bytes of which only the parts' CRCs are known.
 *
 * <p>To append a zero bit to a message is a linear map of its CRC. The map for many zero bytes is made by squaring the one for
 * one of them, as Mark Adler describes it for zlib's {@code crc32_combine}.
 */
public final class Crc32c {
    /** The polynomial, its lowest power as the highest bit. */
    private static final int POLYNOMIAL = 0x82F63B78;

    private Crc32c() {}

    /**
     * The CRC of two parts together.
     *
     * @param second the CRC of the second part
     * @param secondBytes its length
     */
    public static int join(int first, int second, long secondBytes) {
        int[] map = oneZeroByte();
        int joined = first;
        for (long rest = secondBytes; rest != 0; rest >>>= 1) {
            if ((rest & 1) != 0) {
                joined = apply(map, joined);
            }
            map = square(map);
        }
        return joined ^ second;
    }

    /** What a zero byte makes of each bit. */
    private static int[] oneZeroByte() {
        int[] map = new int[Integer.SIZE];
        map[0] = POLYNOMIAL;
        for (int bit = 1; bit < Integer.SIZE; bit++) {
            map[bit] = 1 << (bit - 1);
        }
        return square(square(square(map)));
    }

    private static int apply(int[] map, int crc) {
        int result = 0;
        for (int bits = crc; bits != 0; bits &= bits - 1) {
            result ^= map[Integer.numberOfTrailingZeros(bits)];
        }
        return result;
    }

    private static int[] square(int[] map) {
        int[] twice = new int[Integer.SIZE];
        for (int bit = 0; bit < Integer.SIZE; bit++) {
            twice[bit] = apply(map, map[bit]);
        }
        return twice;
    }
}
