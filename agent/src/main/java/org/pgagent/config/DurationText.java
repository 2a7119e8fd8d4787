package org.pgagent.config;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 500ms}, {@code 30s}, {@code 5m}, {@code 1h}, {@code 2d}. */
public final class DurationText {
    private static final Pattern TEXT = Pattern.compile("([0-9]{1,9}) ?(ms|s|m|min|h|d)", Pattern.CASE_INSENSITIVE);

    private DurationText() {}

    public static Duration parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a duration: '" + text + "' (good ones: 30s, 5m, 1h)");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "h" -> Duration.ofHours(number);
            case "d" -> Duration.ofDays(number);
            default -> Duration.ofMinutes(number);
        };
    }

    /** Hours, minutes and seconds, for people: {@code 0.7s}, {@code 17s}, {@code 2m05s}, {@code 3h07m}. */
    public static String rounded(Duration duration) {
        long tenths = duration.plusMillis(50).toMillis() / 100;
        if (tenths > 0 && tenths < 100) {
            return tenths / 10 + "." + tenths % 10 + "s";
        }
        long seconds = Math.max(0, duration.plusMillis(500).toSeconds());
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3600) {
            return String.format(Locale.ROOT, "%dm%02ds", seconds / 60, seconds % 60);
        }
        return String.format(Locale.ROOT, "%dh%02dm", seconds / 3600, seconds / 60 % 60);
    }
}
