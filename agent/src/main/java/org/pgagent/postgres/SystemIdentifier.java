package org.pgagent.postgres;

/** The 64-bit number that initdb gives a cluster and that its copies keep; unsigned, printed in decimal. */
public record SystemIdentifier(long value) {
    public static SystemIdentifier parse(String text) {
        try {
            if (text.matches("[0-9]+")) {
                return new SystemIdentifier(Long.parseUnsignedLong(text));
            }
        } catch (NumberFormatException e) {
            throw malformed(text, e);
        }
        throw malformed(text, null);
    }

    private static IllegalArgumentException malformed(String text, NumberFormatException cause) {
        return new IllegalArgumentException(
                "not a system identifier: '" + text + "' (a good one: 7386812345678901234)", cause);
    }

    @Override
    public String toString() {
        return Long.toUnsignedString(value);
    }
}
