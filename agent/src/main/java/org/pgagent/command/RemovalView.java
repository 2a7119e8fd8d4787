package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.pgagent.catalog.RemovalPlan;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;

/**
 * A removal of backups as it is printed: as lines for people, or, with these names, as JSON.
 *
 * @param dryRun whether nothing was done
 * @param removed the backups that go
 * @param freedBytes what they gave back of the repository
 * @param keptBytes what stays of them because other backups need it
 * @param neededBy which those are
 * @param remaining the backups that can be restored afterwards, oldest first
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record RemovalView(
        @JsonUnwrapped Whose whose,
        boolean dryRun,
        List<BackupId> removed,
        long freedBytes,
        long keptBytes,
        List<BackupId> neededBy,
        List<BackupId> remaining) {
    private static final int TOLD_MAX = 5;

    static RemovalView planned(Whose whose, RemovalPlan plan) {
        return of(whose, true, plan);
    }

    static RemovalView done(Whose whose, RemovalPlan plan) {
        return of(whose, false, plan);
    }

    private static RemovalView of(Whose whose, boolean dryRun, RemovalPlan plan) {
        return new RemovalView(
                whose,
                dryRun,
                ids(plan.backups()),
                plan.freedBytes(),
                plan.keptBytes(),
                plan.neededBy(),
                ids(plan.remaining()));
    }

    private static List<BackupId> ids(List<BackupRecord> backups) {
        return backups.stream().map(BackupRecord::id).toList();
    }

    /** @param verb what happens to the backups, such as {@code delete} */
    List<String> lines(String verb, RemovalPlan plan) {
        return dryRun ? lines("Would " + verb, "Would free", plan) : lines(capitalized(verb) + "d", "Freed", plan);
    }

    /** What is about to happen. */
    List<String> linesBefore(String verb, RemovalPlan plan) {
        return lines(capitalized(verb) + "s", "Frees", plan);
    }

    private static String capitalized(String verb) {
        return verb.substring(0, 1).toUpperCase(Locale.ROOT) + verb.substring(1);
    }

    private List<String> lines(String does, String frees, RemovalPlan plan) {
        List<String> lines = new ArrayList<>();
        lines.add(does + " " + counted(removed) + " of '" + whose.cluster() + "' in "
                + whose.repository()
                + (removed.isEmpty() ? "." : ":"));
        if (!removed.isEmpty()) {
            lines.addAll(BackupTable.lines(new BackupRecords.Listed(plan.backups(), List.of())));
        }
        FactLines facts = FactLines.below("");
        facts.add(frees, FactLines.size(freedBytes));
        if (keptBytes > 0) {
            facts.add("Stays", FactLines.size(keptBytes) + ", needed by " + named(neededBy));
        }
        remaining(plan.remaining(), facts);
        lines.addAll(facts.all().subList(1, facts.all().size()));
        return lines;
    }

    /** A compaction is no backup, and what it has left goes in the same way. */
    static String counted(List<BackupId> ids) {
        int compactions = (int) ids.stream().filter(id -> !id.isBackup()).count();
        int backups = ids.size() - compactions;
        if (compactions == 0) {
            return FactLines.count(backups, "backup");
        }
        return (backups == 0 ? "" : FactLines.count(backups, "backup") + " and ")
                + FactLines.count(compactions, "compaction");
    }

    private static void remaining(List<BackupRecord> backups, FactLines facts) {
        if (backups.isEmpty()) {
            facts.add("Remaining", "no backup that can be restored");
        } else {
            facts.add("Remaining", FactLines.count(backups.size(), "backup") + " that can be restored,");
            facts.more("the oldest from " + FactLines.time(backups.get(0).stop().time()) + " on");
        }
    }

    private static String named(List<BackupId> ids) {
        String first = String.join(
                ", ", ids.stream().limit(TOLD_MAX).map(BackupId::toString).toList());
        return ids.size() > TOLD_MAX ? first + " and " + (ids.size() - TOLD_MAX) + " more" : first;
    }
}
