package org.pgagent.repository;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * The server's log files at the time of a backup.
 *
 * @param directory log_directory; relative to the data directory if it lies there
 * @param files how many there were that the policy keeps, stored now or before
 * @param bytes their sizes
 * @param storedBytes what this backup has stored of them
 * @param failed how many could not be read
 * @param error why not all of them are stored; null if they are
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ServerLogFiles(String directory, long files, long bytes, long storedBytes, long failed, String error) {
    /** The record of a backup that tells of these. */
    public BackupRecord toldBy(BackupRecord record) {
        BackupRecordCopy copy = new BackupRecordCopy(record);
        copy.serverLogs = this;
        return copy.record();
    }
}
