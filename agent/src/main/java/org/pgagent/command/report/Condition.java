package org.pgagent.command.report;

import java.util.Locale;
import org.pgagent.repository.BackupState;

/** What a backup is good for, from those that ask for nothing to those that somebody should look at. */
enum Condition {
    DELETED("\u2013", "deleted"),
    DELETING("\u2013", "being deleted"),
    OK("\u2713", "complete and validated"),
    DONE("\u2713", "complete, not validated yet"),
    RUNNING("\u2026", "being taken"),
    ERROR("!", "ended incomplete"),
    /** Complete, but the archive lacks WAL without which it does not become consistent. */
    NO_WAL("!", "cannot be restored, WAL that it needs is missing"),
    UNREADABLE("?", "its record is damaged"),
    CORRUPT("\u2715", "found damaged");

    private final String sign;
    private final String meaning;

    Condition(String sign, String meaning) {
        this.sign = sign;
        this.meaning = meaning;
    }

    static Condition of(BackupState state) {
        return valueOf(state.name());
    }

    /** Tells it where there is no room for a word. */
    String sign() {
        return sign;
    }

    /** Its name; of a state, that of pg_rman. */
    String word() {
        return name().replace('_', ' ');
    }

    String meaning() {
        return meaning;
    }

    boolean isWorseThan(Condition other) {
        return compareTo(other) > 0;
    }

    /** The class that it has in the style sheet. */
    String styleClass() {
        return "is-" + name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
