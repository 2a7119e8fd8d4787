package org.pgagent.command;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.pgagent.config.ByteSize;

/** What is told of something, a line for each fact: its name, and what is the case. Not thread-safe. */
final class FactLines {
    private final String format;
    private final List<String> lines = new ArrayList<>();

    private FactLines(String format) {
        this.format = format;
    }

    /** Facts that stand by themselves. */
    static FactLines plain() {
        return new FactLines("%-18s %s");
    }

    /** Facts below a line that says what they are of. */
    static FactLines below(String title) {
        FactLines facts = new FactLines("  %-11s %s");
        facts.lines.add(title);
        return facts;
    }

    void add(String name, Object value) {
        lines.add(String.format(format, name, value));
    }

    /** One more line of the fact before. */
    void more(String value) {
        add("", value);
    }

    List<String> all() {
        return List.copyOf(lines);
    }

    /** So many of something that takes an s for more than one. */
    static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    static String size(long bytes) {
        return new ByteSize(bytes).rounded();
    }

    /** A time to the second, in UTC, as a recovery target may be written. */
    static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
