package org.pgagent.postgres;

import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * A branch of a cluster's history: 1 to 2^32-1. Decimal in SQL, in logs and in settings; eight hexadecimal digits in
 * file names.
 */
public record Timeline(long id) implements Comparable<Timeline> {
    /** The one that every cluster begins on; it has no history file. */
    public static final Timeline FIRST = new Timeline(1);

    private static final HexFormat HEX = HexFormat.of().withUpperCase();
    private static final Pattern IN_FILE_NAMES = Pattern.compile("[0-9A-F]{8}");

    public Timeline {
        if (id < 1 || id > 0xFFFF_FFFFL) {
            throw new IllegalArgumentException("not a timeline: " + id + " (a good one: 1)");
        }
    }

    /** Reads the eight upper-case digits of file names, such as {@code 0000000A}. */
    public static Timeline parseHex(String digits) {
        if (!IN_FILE_NAMES.matcher(digits).matches()) {
            throw new IllegalArgumentException(
                    "not a timeline in a file name: '" + digits + "' (a good one: 0000000A)");
        }
        return new Timeline(Long.parseLong(digits, 16));
    }

    /** Reads what {@code recovery_target_timeline} takes as a number: decimal, or hexadecimal after {@code 0x}. */
    public static Timeline parse(String text) {
        if (text.matches("[1-9][0-9]{0,9}")) {
            return new Timeline(Long.parseLong(text));
        }
        if (text.matches("0[xX][0-9A-Fa-f]{1,8}")) {
            return new Timeline(Long.parseLong(text.substring(2), 16));
        }
        // PostgreSQL would take a number that begins with 0 as octal.
        throw new IllegalArgumentException("not a timeline: '" + text + "' (good ones: 3, 0xA)");
    }

    /** Eight upper-case hexadecimal digits. */
    public String hex() {
        return HEX.toHexDigits(id, 8);
    }

    @Override
    public int compareTo(Timeline other) {
        return Long.compare(id, other.id);
    }

    @Override
    public String toString() {
        return Long.toString(id);
    }
}
