package org.pgagent.command.report;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.pgagent.config.ByteSize;

/** How the report writes numbers and times. */
final class Wording {
    /** What stands where there is nothing to tell. */
    static final String NONE = "\u2013";

    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm").withZone(ZoneOffset.UTC);

    private Wording() {}

    /** To the minute, in UTC. */
    static String time(Instant time) {
        return MINUTE.format(time);
    }

    static String size(long bytes) {
        return new ByteSize(bytes).rounded();
    }

    /** So many of something that takes an s for more than one. */
    static String count(long number, String what) {
        return number(number) + " " + what + (number == 1 ? "" : "s");
    }

    static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** How long ago something was, in the largest unit that says enough. */
    static String age(Duration age) {
        if (age.toMinutes() < 1) {
            return "less than a minute";
        }
        if (age.toHours() < 2) {
            return count(age.toMinutes(), "minute");
        }
        return age.toDays() < 2 ? count(age.toHours(), "hour") : count(age.toDays(), "day");
    }

    /** A coordinate. */
    static String at(double coordinate) {
        String text = String.format(Locale.ROOT, "%.1f", coordinate);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }
}
