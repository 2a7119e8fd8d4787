package org.pgagent.postgres;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * What {@code backup_label} says (xlogbackup.c; read_backup_label in xlogrecovery.c). The text itself must be kept as
 * the server gave it; this only reads it.
 *
 * @param start the redo LSN, from which a recovery of the backup replays
 * @param startSegment file name of the WAL segment that has {@code start}
 * @param checkpoint the LSN of the backup's checkpoint record
 * @param standby whether the backup was taken on a standby
 * @param startTime as the server prints it, in its {@code log_timezone}
 */
public record BackupLabel(
        Lsn start,
        String startSegment,
        Lsn checkpoint,
        boolean standby,
        String startTime,
        String label,
        Timeline timeline) {
    private static final Pattern TEXT = Pattern.compile("START WAL LOCATION: (?<start>\\S+)"
            + " \\(file (?<segment>[0-9A-F]{24})\\)\n"
            + "CHECKPOINT LOCATION: (?<checkpoint>\\S+)\n"
            + "BACKUP METHOD: streamed\n"
            + "BACKUP FROM: (?<source>master|primary|standby)\n"
            + "START TIME: (?<time>[^\n]*)\n"
            + "LABEL: (?<label>[^\n]*)\n"
            + "START TIMELINE: (?<timeline>[0-9]{1,10})\n");

    /**
     * Reads the text of a label.
     *
     * @throws PgAgentException of kind INCOMPATIBLE if it is not a label of a full backup that pgagent can restore
     */
    public static BackupLabel parse(String text) throws PgAgentException {
        if (text.contains("\nINCREMENTAL FROM ")) {
            throw new PgAgentException(
                    ErrorKind.INCOMPATIBLE,
                    "the backup label is that of an incremental backup made by the server's BASE_BACKUP",
                    "Combine it with the backups before it by pg_combinebackup.");
        }
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw malformed(text, null);
        }
        try {
            Timeline timeline = Timeline.parse(matcher.group("timeline"));
            String startSegment = matcher.group("segment");
            if (!startSegment.startsWith(timeline.hex())) {
                throw malformed(text, null);
            }
            return new BackupLabel(
                    Lsn.parse(matcher.group("start")),
                    startSegment,
                    Lsn.parse(matcher.group("checkpoint")),
                    matcher.group("source").equals("standby"),
                    matcher.group("time"),
                    matcher.group("label"),
                    timeline);
        } catch (IllegalArgumentException e) {
            throw malformed(text, e);
        }
    }

    private static PgAgentException malformed(String text, Throwable cause) {
        return new PgAgentException(
                ErrorKind.INCOMPATIBLE,
                "not a backup label that pgagent understands: '" + text + "'",
                "A label must be as the server gave it; take a new backup if this one was edited.",
                cause);
    }
}
