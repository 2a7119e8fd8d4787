package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/** What a row of checks has found, one after the other; a check that fails does not keep the others from being made. */
final class Findings {
    /** How a check ended. */
    enum Verdict {
        GOOD,
        /** It works, and somebody should look. */
        DOUBTFUL,
        BAD,
        /** Something that it needs was bad. */
        NOT_TRIED;

        @Override
        @JsonValue
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    /**
     * One check's end.
     *
     * @param subject what was looked at
     * @param detail what was found
     * @param hint what to do about it; null unless it is bad or doubtful
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Finding(String subject, Verdict verdict, String detail, String hint) {}

    /** Tries something. */
    @FunctionalInterface
    interface Attempt<T> {
        T make() throws IOException;
    }

    private final List<Finding> all = new ArrayList<>();
    private PgAgentException firstFailure;

    /**
     * Makes an attempt and notes how it ended.
     *
     * @param detail what to say of its success
     * @return what it gave; empty if it failed
     * @throws PgAgentException of kind INTERRUPTED, which says nothing of what was tried
     */
    <T> Optional<T> attempt(String subject, Attempt<T> attempt, Function<T, String> detail) throws IOException {
        try {
            T given = attempt.make();
            all.add(new Finding(subject, Verdict.GOOD, detail.apply(given), null));
            return Optional.of(given);
        } catch (PgAgentException e) {
            if (e.kind() == ErrorKind.INTERRUPTED) {
                throw e;
            }
            all.add(new Finding(subject, Verdict.BAD, e.getMessage(), e.hint()));
            if (firstFailure == null) {
                firstFailure = e;
            } else {
                firstFailure.addSuppressed(e);
            }
            return Optional.empty();
        }
    }

    /** Notes something that was looked at, and is good. */
    void good(String subject, String detail) {
        all.add(new Finding(subject, Verdict.GOOD, detail, null));
    }

    /** Notes something that works, and that somebody should look at; this takes the place of that it works. */
    void doubt(String subject, String detail, String hint) {
        all.removeIf(finding -> finding.subject().equals(subject));
        all.add(new Finding(subject, Verdict.DOUBTFUL, detail, hint));
    }

    /** Notes that a check was not made. */
    void skip(String subject) {
        skip(subject, "needs what failed above");
    }

    /** Notes that a check was not made, and why. */
    void skip(String subject, String reason) {
        all.add(new Finding(subject, Verdict.NOT_TRIED, reason, null));
    }

    List<Finding> all() {
        return List.copyOf(all);
    }

    /** What the first check that failed threw. */
    Optional<PgAgentException> firstFailure() {
        return Optional.ofNullable(firstFailure);
    }

    /** A line for each check, and one more for each hint. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (Finding finding : all) {
            lines.add(String.format("%-10s%-20s%s", finding.verdict(), finding.subject(), finding.detail()));
            if (finding.hint() != null) {
                lines.add(String.format("%-10s%-20shint: %s", "", "", finding.hint()));
            }
        }
        return lines;
    }
}
