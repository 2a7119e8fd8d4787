package org.pgagent.restore;

/**
 * What the server is to do with the files once they are back.
 *
 * @param restoreCommand the value of {@code restore_command}: fetches the archive file {@code %f} to {@code %p}
 */
public record RecoveryRequest(
        RecoveryTarget target,
        TargetTimeline timeline,
        TargetAction action,
        CopyRole role,
        Archiving archiving,
        String restoreCommand) {
    public RecoveryRequest {
        if (restoreCommand.isBlank() || restoreCommand.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "not a restore_command: '" + restoreCommand + "' (one line; a good one: pgagent wal-fetch %f %p)");
        }
    }
}
