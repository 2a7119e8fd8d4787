package org.pgagent.wal;

/** What became of a file that was asked for. Every doubt is an exception instead. */
public enum FetchResult {
    FETCHED,
    /** The store said that this file is not there, and the repository keeps the cluster that was asked about. */
    NOT_IN_ARCHIVE
}
