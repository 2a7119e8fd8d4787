package org.pgagent.repository;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * How restores from a backup were tried.
 *
 * @param proven the last one that went well; null if none has
 * @param failed the last one, if it went wrong; null if not
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RestoreDrills(ProvenRestore proven, FailedDrill failed) {
    public RestoreDrills {
        if (proven == null && failed == null) {
            throw new IllegalArgumentException("there was no drill");
        }
    }

    /** The record of a backup that was restored well. */
    public static BackupRecord of(BackupRecord backup, ProvenRestore proven) {
        return told(backup, new RestoreDrills(proven, null));
    }

    /** The record of a backup whose restore failed: what was proven before was proven all the same. */
    public static BackupRecord of(BackupRecord backup, FailedDrill failed) {
        ProvenRestore before = backup.drills() == null ? null : backup.drills().proven();
        return told(backup, new RestoreDrills(before, failed));
    }

    private static BackupRecord told(BackupRecord backup, RestoreDrills drills) {
        BackupRecordCopy copy = new BackupRecordCopy(backup);
        copy.drills = drills;
        return copy.record();
    }
}
