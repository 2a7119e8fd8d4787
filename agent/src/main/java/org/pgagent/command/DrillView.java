package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.pgagent.config.DurationText;
import org.pgagent.postgres.Lsn;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.FailedDrill;
import org.pgagent.repository.ProvenRestore;
import org.pgagent.restore.drill.DrillFailure;
import org.pgagent.restore.drill.DrillRequest;
import org.pgagent.restore.drill.DrillResult;

/**
 * What a restore drill has shown, as it is printed: as lines for people, or, with these names, as JSON.
 *
 * @param rtoSeconds from the first file until the server could be used; absent if it never could
 * @param recorded whether the catalog has it
 * @param kept the directory, if it was to be left there
 * @param log the end of what the server or a tool said, if the drill failed
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record DrillView(
        BackupId backup,
        boolean good,
        Instant at,
        double restoreSeconds,
        Double recoverySeconds,
        double checkSeconds,
        Double rtoSeconds,
        long bytes,
        long walBytes,
        Lsn replayedTo,
        Instant lastCommitAt,
        List<String> checks,
        List<String> sqlOutput,
        List<String> notes,
        String failedAt,
        String failure,
        List<String> log,
        boolean recorded,
        String kept) {
    private static final int WIDTH = 80;

    static DrillView of(DrillResult result, boolean recorded) {
        Duration recovered = result.recovered().orElse(null);
        DrillFailure failure = result.failure().orElse(null);
        boolean keeps = result.plan().request().remains() == DrillRequest.Remains.DIRECTORY;
        return new DrillView(
                result.plan().restore().backup().id(),
                failure == null,
                result.began(),
                seconds(result.restored()),
                recovered == null ? null : seconds(recovered),
                seconds(result.checked()),
                recovered == null ? null : seconds(result.restored().plus(recovered)),
                result.plan().restore().content().bytes(),
                result.walBytes(),
                result.end().map(end -> end.replayedTo()).orElse(null),
                result.end().flatMap(end -> end.lastCommitAt()).orElse(null),
                result.checks(),
                result.sqlOutput(),
                result.notes(),
                failure == null ? null : failure.step().toString(),
                failure == null ? null : failure.why(),
                failure == null ? null : failure.lines(),
                recorded,
                keeps ? result.plan().directory().toString() : null);
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    private static String rounded(double seconds) {
        return DurationText.rounded(Duration.ofMillis((long) (seconds * 1000)));
    }

    /** One line for a catalog: when, of what, and how long it took. */
    static String inShort(BackupId backup, ProvenRestore proven) {
        return FactLines.time(proven.at()) + " of " + backup + ", RTO " + DurationText.rounded(proven.recoveryTime());
    }

    /** What a record says of a drill that failed. */
    static String inShort(FailedDrill failed) {
        return FactLines.time(failed.at()) + ", at the " + failed.step() + ": " + failed.error();
    }

    List<String> lines() {
        FactLines facts =
                FactLines.below("Restore drill of " + backup + (good ? " went well" : " FAILED at the " + failedAt));
        facts.add("Restored", FactLines.size(bytes) + " in " + rounded(restoreSeconds));
        if (recoverySeconds != null) {
            facts.add(
                    "Recovered",
                    "in " + rounded(recoverySeconds)
                            + (replayedTo == null
                                    ? ""
                                    : ", " + FactLines.size(walBytes) + " of WAL up to " + replayedTo));
        }
        if (lastCommitAt != null) {
            facts.more("last transaction at " + FactLines.time(lastCommitAt));
        }
        if (!checks.isEmpty()) {
            facts.add("Found good", String.join(", ", checks) + ", in " + rounded(checkSeconds));
        }
        if (rtoSeconds != null) {
            facts.add("RTO", rounded(rtoSeconds) + " from the first file until the server could be used");
        }
        facts.add("Recorded", recorded ? "in the catalog ('pgagent show')" : "no");
        if (kept != null) {
            facts.add("Kept", kept);
            facts.more("postgres -D " + kept + "/data -c config_file=" + kept + "/postgresql.conf starts it");
        }
        List<String> lines = new ArrayList<>(facts.all());
        if (good && !sqlOutput.isEmpty()) {
            lines.add("");
            lines.add("psql said:");
            sqlOutput.forEach(line -> lines.add("  " + line));
        }
        for (String note : notes) {
            lines.add("");
            lines.addAll(Wrapped.lines("Note: " + note, WIDTH));
        }
        if (!good) {
            lines.add("");
            lines.addAll(Wrapped.lines(failure, WIDTH));
            if (!log.isEmpty()) {
                lines.add("");
                lines.add("The end of its log:");
                log.forEach(line -> lines.add("  " + line));
            }
        }
        return lines;
    }
}
