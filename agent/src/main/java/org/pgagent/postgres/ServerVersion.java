package org.pgagent.postgres;

/**
 * A version of PostgreSQL from 10 on.
 *
 * @param number {@code server_version_num}, such as 150020
 */
public record ServerVersion(int number) {
    private static final int MAJOR_FACTOR = 10_000;

    /** Such as 15. */
    public int major() {
        return number / MAJOR_FACTOR;
    }

    /** Such as {@code 15.20}; a version before 10 without its minor part, which is counted otherwise. */
    @Override
    public String toString() {
        return major() < 10 ? String.valueOf(major()) : major() + "." + number % MAJOR_FACTOR;
    }
}
