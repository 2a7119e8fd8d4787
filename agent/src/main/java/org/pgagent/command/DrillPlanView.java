package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.BackupId;
import org.pgagent.restore.drill.DrillPlan;

/** A plan of a restore drill as it is printed: as lines for people, or, with these names, as JSON. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record DrillPlanView(
        String repository,
        String cluster,
        BackupId backup,
        String why,
        String target,
        Timeline timeline,
        Lsn archiveEnd,
        long bytes,
        long storedBytes,
        String directory,
        long freeBytes,
        String server,
        List<String> looks,
        List<String> warnings) {
    static DrillPlanView of(DrillPlan plan) {
        List<String> warnings = new ArrayList<>(plan.restore().warnings());
        warnings.addAll(plan.warnings());
        return new DrillPlanView(
                plan.restore().repository(),
                plan.restore().cluster(),
                plan.restore().backup().id(),
                plan.restore().why(),
                plan.restore().recovery().target().describe(),
                plan.restore().history().timeline(),
                plan.restore().wal().end(),
                plan.restore().content().bytes(),
                plan.restore().content().storedBytes(),
                plan.directory().toString(),
                plan.restore().directories().get(0).freeBytes(),
                plan.programs().postgres().toString(),
                plan.looks(),
                warnings);
    }

    List<String> lines() {
        FactLines lines = FactLines.below("Plan: restore drill of '" + cluster + "' in " + repository);
        lines.add("Backup", backup + " (" + why + ")");
        lines.add("Recovery", "to " + target + ", on timeline " + timeline);
        lines.more("archive reaches " + archiveEnd);
        lines.add("Content", FactLines.size(bytes) + "; " + FactLines.size(storedBytes) + " to fetch");
        lines.add("Directory", directory + ", removed afterwards");
        lines.more("needs " + FactLines.size(bytes) + " of " + FactLines.size(freeBytes) + " free, and room for WAL");
        lines.add("Server", server);
        lines.add("Looks at", String.join(", ", looks));
        warnings.forEach(warning -> lines.add("Warning", warning));
        return lines.all();
    }
}
