package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.pgagent.catalog.Expiry;
import org.pgagent.catalog.KeptFor;
import org.pgagent.catalog.ServerLogExpiry;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;

/**
 * An expiry as it is printed: as lines for people, or, with these names, as JSON.
 *
 * @param kept the backups that stay, and why
 * @param heldBy why less goes than the policy could let go; null if that is not so
 * @param pointsFrom since when every point in time is kept that could be reached; null if always
 * @param walHeldBy why no WAL went; null if that is not so
 * @param restorePoints how many went with the WAL around them
 * @param serverLogFiles how many of the server's log files went
 * @param serverLogBytes how many bytes those had
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ExpiryView(
        @JsonUnwrapped RemovalView backups,
        List<Kept> kept,
        String heldBy,
        Instant pointsFrom,
        long walFiles,
        long walFreedBytes,
        String walHeldBy,
        long restorePoints,
        long serverLogFiles,
        long serverLogBytes) {
    /**
     * A backup that stays.
     *
     * @param reason the rule that keeps it
     */
    record Kept(BackupId id, String reason) {}

    static ExpiryView of(RemovalView backups, Expiry.Outcome outcome, ServerLogExpiry.Gone logs) {
        Map<BackupId, KeptFor> kept = new TreeMap<>(outcome.keptFor());
        return new ExpiryView(
                backups,
                kept.entrySet().stream()
                        .map(entry ->
                                new Kept(entry.getKey(), entry.getValue().name().toLowerCase(Locale.ROOT)))
                        .toList(),
                outcome.heldBy().orElse(null),
                outcome.pointsFrom().orElse(null),
                outcome.walFiles(),
                outcome.walBytes(),
                outcome.walHeldBy().orElse(null),
                outcome.restorePoints(),
                logs.files(),
                logs.bytes());
    }

    List<String> lines(Expiry.Outcome outcome) {
        List<String> lines = new ArrayList<>(backups.lines("expire", outcome.backups()));
        FactLines facts = FactLines.below("");
        facts.add(
                backups.dryRun() ? "WAL to go" : "WAL gone",
                walHeldBy == null
                        ? FactLines.count(walFiles, "file") + ", " + FactLines.size(walFreedBytes)
                        : "none this time:");
        if (walHeldBy != null) {
            facts.more(walHeldBy);
        }
        if (restorePoints > 0) {
            facts.more(FactLines.count(restorePoints, "restore point") + " in it");
        }
        if (serverLogFiles > 0) {
            facts.add(
                    backups.dryRun() ? "Logs to go" : "Logs gone",
                    FactLines.count(serverLogFiles, "file") + " of the server, " + FactLines.size(serverLogBytes));
        }
        if (heldBy != null) {
            facts.add("Note", heldBy);
        }
        if (pointsFrom != null) {
            facts.add("Any point", "since " + FactLines.time(pointsFrom) + " that could be reached before");
        }
        lines.addAll(facts.all().subList(1, facts.all().size()));
        if (backups.dryRun()) {
            lines.addAll(keptTable(outcome));
        }
        return lines;
    }

    private List<String> keptTable(Expiry.Outcome outcome) {
        TextTable table = TextTable.of("Would keep", "Complete (UTC)", "Because of");
        for (BackupRecord backup : outcome.backups().remaining()) {
            KeptFor reason = outcome.keptFor().get(backup.id());
            if (reason != null) {
                table.row(backup.id().toString(), FactLines.time(backup.stop().time()), reason.toString());
            }
        }
        List<String> lines = new ArrayList<>(table.lines());
        lines.add(0, "");
        return lines;
    }
}
