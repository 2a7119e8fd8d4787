package org.pgagent.postgres;

import java.util.HexFormat;

/**
 * A position in the WAL, in bytes, unsigned; printed as PostgreSQL prints it, such as {@code 16/B374D848} (pg_lsn in
 * the manual's chapter on data types).
 */
public record Lsn(long value) implements Comparable<Lsn> {
    public static final Lsn ZERO = new Lsn(0);

    /** Reads two hexadecimal halves of up to eight digits, joined by a slash. */
    public static Lsn parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 1 || slash > 8 || text.length() - slash < 2 || text.length() - slash > 9) {
            throw malformed(text);
        }
        return new Lsn(half(text, 0, slash) << 32 | half(text, slash + 1, text.length()));
    }

    private static long half(String text, int begin, int end) {
        long half = 0;
        for (int i = begin; i < end; i++) {
            if (!HexFormat.isHexDigit(text.charAt(i))) {
                throw malformed(text);
            }
            half = half << 4 | HexFormat.fromHexDigit(text.charAt(i));
        }
        return half;
    }

    private static IllegalArgumentException malformed(String text) {
        return new IllegalArgumentException("not an LSN: '" + text + "' (a good one: 16/B374D848)");
    }

    public Lsn plus(long bytes) {
        return new Lsn(value + bytes);
    }

    public boolean isBefore(Lsn other) {
        return compareTo(other) < 0;
    }

    public boolean isAfter(Lsn other) {
        return compareTo(other) > 0;
    }

    @Override
    public int compareTo(Lsn other) {
        return Long.compareUnsigned(value, other.value);
    }

    @Override
    public String toString() {
        return String.format("%X/%X", value >>> 32, value & 0xFFFF_FFFFL);
    }
}
