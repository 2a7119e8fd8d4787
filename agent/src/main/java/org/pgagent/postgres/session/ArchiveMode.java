package org.pgagent.postgres.session;

import java.util.Locale;

/** The setting {@code archive_mode}. */
public enum ArchiveMode {
    OFF,
    /** Archives what this server writes itself. */
    ON,
    /** Archives also what a standby receives or restores. */
    ALWAYS;

    static ArchiveMode parse(String setting) {
        return valueOf(setting.toUpperCase(Locale.ROOT));
    }
}
