package org.pgagent.repository;

import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A stretch of a log file in an object of its own, whose name says all of it.
 *
 * @param file as {@link LogFileName} prints it
 * @param generation when the first piece of this content was stored, such as {@code 20261122T055500Z}: servers use names again
 * @param start where it begins in the file
 * @param end where it ends
 * @param modifiedMillis when the file was changed last, as it was when this was read, in milliseconds since 1970
 */
public record LogPiece(String file, String generation, long start, long end, long modifiedMillis) {
    /** The most bytes of a piece. */
    public static final int BYTES_MAX = 8 << 20;

    /** Thirteen digits, in the year 2286. */
    public static final long MODIFIED_MAX_MILLIS = 9_999_999_999_999L;

    private static final Pattern OBJECT_NAME =
            Pattern.compile("([^!/]+)!(\\d{8}T\\d{6}Z)!(\\d{14})-(\\d{14})-(\\d{13})");

    public LogPiece {
        LogFileName.decode(file);
        if (start < 0
                || end <= start
                || end - start > BYTES_MAX
                || modifiedMillis < 0
                || modifiedMillis > MODIFIED_MAX_MILLIS) {
            throw new IllegalArgumentException("a piece of a log file from " + start + " to " + end);
        }
    }

    /** The last segment of the key; sorts by file, then generation, then place. */
    String objectName() {
        return String.format("%s!%s!%014d-%014d-%013d", file, generation, start, end, modifiedMillis);
    }

    static Optional<LogPiece> ofObjectName(String objectName) {
        Matcher matcher = OBJECT_NAME.matcher(objectName);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new LogPiece(
                    matcher.group(1),
                    matcher.group(2),
                    Long.parseLong(matcher.group(3)),
                    Long.parseLong(matcher.group(4)),
                    Long.parseLong(matcher.group(5))));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    public int length() {
        return (int) (end - start);
    }

    public Instant modifiedAt() {
        return Instant.ofEpochMilli(modifiedMillis);
    }
}
