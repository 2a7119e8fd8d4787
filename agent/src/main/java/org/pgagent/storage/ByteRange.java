package org.pgagent.storage;

/** A part of an object, start inclusive, end exclusive, in bytes; never empty. */
public record ByteRange(long start, long end) {
    public ByteRange {
        if (start < 0 || end <= start) {
            throw new IllegalArgumentException("not a byte range: " + start + " to " + end);
        }
    }

    public long length() {
        return end - start;
    }
}
