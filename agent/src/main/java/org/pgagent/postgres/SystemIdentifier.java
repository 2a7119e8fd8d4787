package org.pgagent.postgres;

/** The 64-bit number that initdb gives a cluster and that its copies keep; unsigned, printed in decimal. */
public record SystemIdentifier(long value) {
    public static SystemIdentifier parse(String text) {
        try {
            return new SystemIdentifier(Long.parseUnsignedLong(text));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "not a system identifier: '" + text + "' (a good one: 7386812345678901234)", e);
        }
    }

    @Override
    public String toString() {
        return Long.toUnsignedString(value);
    }
}
