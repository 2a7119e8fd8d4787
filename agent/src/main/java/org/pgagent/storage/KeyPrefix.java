package org.pgagent.storage;

/**
 * What all object keys of a repository begin with: segments joined by slashes, such as {@code postgres/production}, or
 * empty. Slashes at its ends are dropped.
 */
public record KeyPrefix(String value) {
    private static final int LENGTH_MAX = 120;

    public KeyPrefix {
        value = value.replaceAll("^/+|/+$", "");
        if (!value.isEmpty() && (value.length() > LENGTH_MAX || !ObjectKey.isLegal(value))) {
            throw new IllegalArgumentException("not a prefix: '" + value + "' (at most " + LENGTH_MAX
                    + " characters, no empty or relative segments; a good one: postgres/production)");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
