package org.pgagent.restore;

import java.util.Locale;

/** Whether the restored cluster archives its WAL. It has its source's system identifier and archive_command. */
public enum Archiving {
    /** It does not, so that it cannot write into its source's history. */
    OFF,
    /** It takes its source's place: the configuration stays as it was backed up. */
    ADOPT;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
