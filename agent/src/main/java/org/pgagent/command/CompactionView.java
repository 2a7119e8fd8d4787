package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;
import org.pgagent.catalog.Compaction;
import org.pgagent.catalog.CompactionPlan;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;

/**
 * A compaction as it is printed: as lines for people, or, with these names, as JSON.
 *
 * @param packs how many are written anew
 * @param storedBytes what they have
 * @param liveBytes what is needed of it
 * @param rewritten the backups with a new manifest
 * @param freedBytes what was freed, with what earlier deletions had to leave; of a plan, what the packs alone would free
 * @param more whether there is work left for another compaction
 */
record CompactionView(
        @JsonUnwrapped Whose where,
        boolean dryRun,
        int packs,
        long storedBytes,
        long liveBytes,
        List<BackupId> rewritten,
        long freedBytes,
        boolean more) {
    static CompactionView planned(Whose where, CompactionPlan plan) {
        List<BackupId> targets = plan.backups().stream().map(BackupRecord::id).toList();
        return of(where, true, new Compaction.Result(plan, targets, plan.storedBytes() - plan.liveBytes()));
    }

    static CompactionView done(Whose where, Compaction.Result result) {
        return of(where, false, result);
    }

    private static CompactionView of(Whose where, boolean dryRun, Compaction.Result result) {
        CompactionPlan plan = result.plan();
        return new CompactionView(
                where,
                dryRun,
                plan.packs().size(),
                plan.storedBytes(),
                plan.liveBytes(),
                result.rewritten(),
                result.freedBytes(),
                plan.more());
    }

    List<String> lines() {
        FactLines facts = FactLines.below((dryRun ? "Would compact " : "Compacted ") + FactLines.count(packs, "pack")
                + " of '" + where.cluster() + "' in " + where.repository() + ".");
        if (packs > 0) {
            facts.add("Needed", FactLines.size(liveBytes) + " of " + FactLines.size(storedBytes));
            facts.add("Manifests", "of " + FactLines.count(rewritten.size(), "backup"));
        }
        facts.add(dryRun ? "Would free" : "Freed", FactLines.size(freedBytes));
        if (more) {
            facts.add("Left", "more such packs; run it again");
        }
        return facts.all();
    }
}
