package org.pgagent.catalog;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What is to be kept. A backup goes only if no rule keeps it; what every rule needs for its promise is in
 * {@code docs/operations.md}.
 *
 * @param fullBackups the newest so many sound full backups, and every backup and every point in time since the oldest of them
 * @param window every point in time since so long ago
 * @param walWindow if given, points in time only since so long ago, whatever backups are kept for
 * @param calendar backups of such dates, each for the point in time at which it was taken
 */
public record RetentionPolicy(
        OptionalInt fullBackups, Optional<Duration> window, Optional<Duration> walWindow, KeepCalendar calendar) {
    /** Every backup, and the WAL that any of them needs. */
    public static final RetentionPolicy EVERY_BACKUP =
            new RetentionPolicy(OptionalInt.empty(), Optional.empty(), Optional.empty(), KeepCalendar.NONE);

    public RetentionPolicy {
        if (fullBackups.isPresent() && fullBackups.getAsInt() < 1) {
            throw new IllegalArgumentException("at least one full backup has to be kept");
        }
    }

    /** Whether backups may go at all. */
    public boolean expiresBackups() {
        return fullBackups.isPresent() || window.isPresent() || !calendar.isEmpty();
    }
}
