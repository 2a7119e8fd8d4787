package org.pgagent.repository;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;

/**
 * A named point of the WAL that {@code pgagent backup --type archive} has made, and up to which the repository has had all WAL
 * since a backup. The name of its object says all of it, so that a listing tells of a thousand with one request.
 *
 * @param format version of the repository format, 1
 * @param time of the server's clock, just after the point was made, to the second
 * @param lsn the end of the record in the WAL
 * @param backup the newest backup before it, from which all WAL was there; null if only the object's name was read
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RestorePoint(int format, String name, Instant time, Timeline timeline, Lsn lsn, BackupId backup) {
    public static final int FORMAT = 1;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Pattern OBJECT_NAME =
            Pattern.compile("(\\d{8}T\\d{6}Z)-([0-9A-F]{8})-([0-9A-F]{16})-(" + NAME + ")\\.json");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    public RestorePoint {
        requireName(name);
        time = time.truncatedTo(ChronoUnit.SECONDS);
    }

    /** A point that was made just now. */
    public static RestorePoint of(String name, Instant time, Timeline timeline, Lsn lsn) {
        return new RestorePoint(FORMAT, name, time, timeline, lsn, null);
    }

    /** Refuses what is no name: PostgreSQL takes 63 bytes, and the object's name must stay readable. */
    public static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not a name for a restore point: '" + name
                    + "' (1 to 63 letters, digits, dots, dashes and underscores; a good one: before-release-7)");
        }
    }

    /** The name for a point of which nobody has said one. */
    public static String defaultName(Instant now) {
        return "pgagent-" + TIME.format(now);
    }

    /** The same point, reached from a backup. */
    public RestorePoint after(BackupId newest) {
        return new RestorePoint(format, name, time, timeline, lsn, newest);
    }

    /** The last segment of its object's key; sorts by time. */
    String objectName() {
        return TIME.format(time) + "-" + timeline.hex() + "-" + String.format("%016X", lsn.value()) + "-" + name
                + ".json";
    }

    /** Reads what {@link #objectName} gives; empty if it is the name of something else. */
    static Optional<RestorePoint> ofObjectName(String objectName) {
        Matcher matcher = OBJECT_NAME.matcher(objectName);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(of(
                    matcher.group(4),
                    TIME.parse(matcher.group(1), Instant::from),
                    new Timeline(Long.parseLong(matcher.group(2), 16)),
                    new Lsn(Long.parseUnsignedLong(matcher.group(3), 16))));
        } catch (DateTimeException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
