package org.pgagent.storage;

import java.nio.charset.StandardCharsets;

/**
 * The name of an object, relative to the repository's prefix: segments joined by {@code /}, such as
 * {@code main/backups/20261122T055500Z-F/backup.json}.
 *
 * <p>Refused are empty keys and segments, {@code .} and {@code ..}, control characters, a leading or trailing slash, and
 * more than 900 bytes of UTF-8 (S3 allows 1024 with the prefix).
 */
public record ObjectKey(String value) implements Comparable<ObjectKey> {
    private static final int LENGTH_MAX_BYTES = 900;

    public ObjectKey {
        if (value.isEmpty() || value.getBytes(StandardCharsets.UTF_8).length > LENGTH_MAX_BYTES) {
            throw new IllegalArgumentException("object key must have 1 to 900 bytes: '" + value + "'");
        }
        for (String segment : value.split("/", -1)) {
            if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
                throw new IllegalArgumentException("object key has an empty or relative segment: '" + value + "'");
            }
        }
        if (value.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("object key has a control character: '" + value + "'");
        }
    }

    /** The key {@code this/child}. */
    public ObjectKey resolve(String child) {
        return new ObjectKey(value + "/" + child);
    }

    /** The last segment. */
    public String name() {
        return value.substring(value.lastIndexOf('/') + 1);
    }

    /** Byte-wise order of the UTF-8 form, which is the order in which stores list. */
    @Override
    public int compareTo(ObjectKey other) {
        return java.util.Arrays.compareUnsigned(
                value.getBytes(StandardCharsets.UTF_8), other.value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return value;
    }
}
