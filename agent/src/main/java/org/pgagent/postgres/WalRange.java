package org.pgagent.postgres;

/** WAL of one timeline, start inclusive, end exclusive. */
public record WalRange(Timeline timeline, Lsn start, Lsn end) {
    public WalRange {
        if (end.isBefore(start)) {
            throw new IllegalArgumentException("WAL range ends before it starts: " + start + " to " + end);
        }
    }
}
