package org.pgagent.config;

import java.util.Locale;

/**
 * Where the value of a setting came from.
 *
 * @param where the option, the environment variable or the file; for a default, empty
 */
public record Origin(Source source, String where) {
    /** The places that are asked, the strongest first. */
    public enum Source {
        OPTION,
        ENVIRONMENT,
        FILE,
        DEFAULT
    }

    /** Such as {@code environment PGAGENT_BUCKET}. */
    @Override
    public String toString() {
        String name = source.name().toLowerCase(Locale.ROOT);
        return where.isEmpty() ? name : name + " " + where;
    }
}
