package org.pgagent.storage;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * The name of an object, relative to the repository's prefix: segments joined by {@code /}, such as
 * {@code main/backups/20261122T055500Z-F/manifest.json.gz}.
 *
 * <p>Refused are empty keys and segments, {@code .} and {@code ..}, control characters, half surrogates, a leading or
 * trailing slash, and more than 900 bytes of UTF-8 (S3 allows 1024 with the prefix).
 */
public record ObjectKey(String value) implements Comparable<ObjectKey> {
    private static final int LENGTH_MAX_BYTES = 900;

    public ObjectKey {
        Optional<String> fault = fault(value);
        if (fault.isPresent()) {
            throw new IllegalArgumentException("object key " + fault.get() + ": '" + value + "'");
        }
    }

    /** Whether text is a key; listings skip what other programs have written under names that are none. */
    public static boolean isLegal(String text) {
        return fault(text).isEmpty();
    }

    private static Optional<String> fault(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        if (value.isEmpty() || utf8.length > LENGTH_MAX_BYTES) {
            return Optional.of("must have 1 to " + LENGTH_MAX_BYTES + " bytes");
        }
        for (String segment : value.split("/", -1)) {
            if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
                return Optional.of("has an empty or relative segment");
            }
        }
        if (value.chars().anyMatch(Character::isISOControl)) {
            return Optional.of("has a control character");
        }
        if (!new String(utf8, StandardCharsets.UTF_8).equals(value)) {
            return Optional.of("is not Unicode text");
        }
        return Optional.empty();
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
        return Arrays.compareUnsigned(
                value.getBytes(StandardCharsets.UTF_8), other.value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return value;
    }
}
