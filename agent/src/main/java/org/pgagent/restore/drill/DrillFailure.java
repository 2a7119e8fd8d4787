package org.pgagent.restore.drill;

import java.util.List;
import java.util.Locale;

/**
 * What a drill failed at.
 *
 * @param why one sentence
 * @param lines the end of what the server or the tool printed, for people
 */
public record DrillFailure(Step step, String why, List<String> lines) {
    static final String HINT =
            "Look at what the server said. 'pgagent validate --deep' tells whether the backup is what was"
                    + " stored; --keep-scratch leaves the directory of the next drill there for a look.";

    /** What a drill does, one after another. */
    public enum Step {
        RESTORE,
        RECOVERY,
        CHECKS;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public DrillFailure {
        lines = List.copyOf(lines);
    }
}
