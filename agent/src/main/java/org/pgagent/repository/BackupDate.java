package org.pgagent.repository;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The beginning of the start time of backups, in UTC, as pg_rman takes it: as many digits as are given, from the year on, with
 * anything of {@code - : T Z} and blanks between them.
 */
public record BackupDate(String digits) {
    private static final int DIGITS_MIN = 4;
    private static final int DIGITS_MAX = 14;
    private static final DateTimeFormatter SECOND =
            DateTimeFormatter.ofPattern("uuuuMMddHHmmss").withResolverStyle(ResolverStyle.STRICT);
    private static final Pattern TEXT = Pattern.compile("[0-9][0-9 T:Z-]*");

    public BackupDate {
        if (!digits.matches("[0-9]{" + DIGITS_MIN + "," + DIGITS_MAX + "}")) {
            throw new IllegalArgumentException("not the beginning of a time: '" + digits + "'");
        }
    }

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException with good examples if the text is none
     */
    public static BackupDate parse(String text) {
        String digits = text.replaceAll("[^0-9]", "");
        if (!TEXT.matcher(text).matches() || digits.length() < DIGITS_MIN || digits.length() > DIGITS_MAX) {
            throw new IllegalArgumentException("neither a backup id nor a date: '" + text
                    + "' (good ones: 20261122T055500Z-F, 2026-11-22, '2026-11-22 05:55')");
        }
        return new BackupDate(digits);
    }

    /** The time, if it is given to the second; empty also if there is no such day or hour. */
    public Optional<Instant> second() {
        if (digits.length() < DIGITS_MAX) {
            return Optional.empty();
        }
        try {
            return Optional.of(LocalDateTime.parse(digits, SECOND).toInstant(ZoneOffset.UTC));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /** Whether a backup was started then. */
    public boolean has(BackupId id) {
        return id.value().replaceAll("[^0-9]", "").startsWith(digits);
    }
}
