package org.pgagent.repository;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** The name of a base backup: UTC start time and kind, such as {@code 20261122T055500Z-F}. Sorts by time. */
public record BackupId(String value) implements Comparable<BackupId> {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    public BackupId {
        if (!value.matches("[0-9]{8}T[0-9]{6}Z-[FI]")) {
            throw new IllegalArgumentException("not a backup id: '" + value + "' (a good one: 20261122T055500Z-F)");
        }
    }

    public static BackupId of(Instant startedAt, BackupKind kind) {
        return new BackupId(TIME.format(startedAt) + "-" + kind.letter());
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
