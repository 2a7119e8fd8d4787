package org.pgagent.config;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes as people write it: {@code 64MiB}, {@code 64M} or {@code 67108864}. Units are powers of 1024, as
 * everywhere in PostgreSQL's settings.
 */
public record ByteSize(long bytes) {
    private static final Pattern TEXT =
            Pattern.compile("([0-9]{1,18}) ?(?:([KMGT])(?:i?B)?|B)?", Pattern.CASE_INSENSITIVE);
    private static final Map<String, Integer> SHIFTS = Map.of("K", 10, "M", 20, "G", 30, "T", 40);

    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("not a size: " + bytes);
        }
    }

    public static ByteSize parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw malformed(text);
        }
        long number = Long.parseLong(matcher.group(1));
        String unit = matcher.group(2);
        int shift = unit == null ? 0 : SHIFTS.get(unit.toUpperCase(Locale.ROOT));
        if (number > Long.MAX_VALUE >> shift) {
            throw malformed(text);
        }
        return new ByteSize(number << shift);
    }

    private static IllegalArgumentException malformed(String text) {
        return new IllegalArgumentException("not a size: '" + text + "' (good ones: 64MiB, 64M, 67108864)");
    }

    /** The exact size with the largest unit that divides it. */
    @Override
    public String toString() {
        int shift = 40;
        while (shift > 0 && (bytes == 0 || (bytes & ((1L << shift) - 1)) != 0)) {
            shift -= 10;
        }
        return shift == 0
                ? Long.toString(bytes)
                : (bytes >> shift) + " KMGT".substring(shift / 10, shift / 10 + 1) + "iB";
    }

    /** The size to three digits or four, for people: {@code 1.21 GiB}, {@code 1012 MiB}. */
    public String rounded() {
        if (bytes < 1024) {
            return bytes + " B";
        }
        double scaled = bytes;
        int unit = 0;
        while (scaled >= 1023.5 && unit < 5) {
            scaled /= 1024;
            unit++;
        }
        String digits =
                String.format(Locale.ROOT, scaled >= 99.95 ? "%.0f" : scaled >= 9.995 ? "%.1f" : "%.2f", scaled);
        return digits + " " + " KMGTP".charAt(unit) + "iB";
    }
}
