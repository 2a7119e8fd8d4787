package org.pgagent.restore.drill;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.session.RestoredServer;

/**
 * How a drill ended.
 *
 * @param began when that was
 * @param restored how long the files took, until they were durable
 * @param recovered how long the server took until it could be used; empty if it never could
 * @param checked how long it was looked at
 * @param end where the recovery ended; empty if it did not
 * @param checks what was looked at and found good, in words
 * @param sqlOutput the end of what psql printed
 * @param notes what somebody should know besides
 * @param failure empty if all went well
 */
public record DrillResult(
        DrillPlan plan,
        Instant began,
        Duration restored,
        Optional<Duration> recovered,
        Duration checked,
        Optional<RestoredServer.Recovered> end,
        List<String> checks,
        List<String> sqlOutput,
        List<String> notes,
        Optional<DrillFailure> failure) {
    public DrillResult {
        checks = List.copyOf(checks);
        sqlOutput = List.copyOf(sqlOutput);
        notes = List.copyOf(notes);
    }

    /** The same with one thing more that somebody should know. */
    DrillResult withNote(String note) {
        List<String> all = new ArrayList<>(notes);
        all.add(note);
        return new DrillResult(plan, began, restored, recovered, checked, end, checks, sqlOutput, all, failure);
    }

    /** How much WAL was replayed. */
    public long walBytes() {
        return end.map(reached -> Math.max(
                        0,
                        reached.replayedTo().value()
                                - plan.restore().backup().start().lsn().value()))
                .orElse(0L);
    }

    /**
     * Fails if the drill has.
     *
     * @throws PgAgentException of kind CORRUPTED, which says why
     */
    public void requireGood() throws PgAgentException {
        if (failure.isPresent()) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    "the restore drill of backup " + plan.restore().backup().id() + " failed at the "
                            + failure.get().step() + ": " + failure.get().why(),
                    DrillFailure.HINT);
        }
    }
}
