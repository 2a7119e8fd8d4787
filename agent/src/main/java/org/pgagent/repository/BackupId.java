package org.pgagent.repository;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Pattern;

/** The name of a base backup or of a compaction: UTC start time and kind, such as {@code 20261122T055500Z-F}. Sorts by time. */
public record BackupId(String value) implements Comparable<BackupId> {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    /** A clock that is further ahead is not followed. */
    private static final Duration AHEAD_MAX = Duration.ofSeconds(10);

    private static final Pattern FORM = Pattern.compile("[0-9]{8}T[0-9]{6}Z-[FIC]");

    public BackupId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("not a backup id: '" + value + "' (a good one: 20261122T055500Z-F)");
        }
    }

    /** The backup id that some text is, or empty if it is none. */
    public static Optional<BackupId> parse(String text) {
        return FORM.matcher(text).matches() ? Optional.of(new BackupId(text)) : Optional.empty();
    }

    public static BackupId of(Instant startedAt, BackupKind kind) {
        return new BackupId(TIME.format(startedAt) + "-" + kind.letter());
    }

    /** When the backup began; empty if there is no such day or hour. */
    public Optional<Instant> startedAt() {
        return new BackupDate(value.replaceAll("[^0-9]", "")).second();
    }

    /**
     * When the next backup is to be said to begin: now, or the second after this one, if this one began in the same second or in one
     * of the next. So ids sort in the order of the backups, whatever their kinds are, even if two clocks differ by a little.
     */
    public Instant nextStart(Instant now) {
        return startedAt()
                .map(began -> began.plusSeconds(1))
                .filter(next -> next.isAfter(now) && next.isBefore(now.plus(AHEAD_MAX)))
                .orElse(now);
    }

    /** Whether it is the name of a base backup, and not of a compaction. */
    public boolean isBackup() {
        return value.charAt(value.length() - 1) != BackupKind.COMPACTION.letter();
    }

    @Override
    public int compareTo(BackupId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
