package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.pgagent.catalog.ValidationPlan;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.Validation;

/**
 * What a validation would look at, as it is printed: as lines for people, or, with these names, as JSON.
 *
 * @param targets what would be looked at, and how many bytes would be read of it at most
 * @param trusted what was found whole not long ago
 * @param abandoned what would become ERROR
 * @param unreadable backups whose records are damaged or missing
 */
record ValidationPlanView(
        @JsonUnwrapped ValidationView.Where where,
        boolean dryRun,
        Validation.Depth depth,
        List<Target> targets,
        long bytes,
        List<BackupId> trusted,
        List<BackupId> abandoned,
        List<BackupId> unreadable) {
    /** One backup. */
    record Target(BackupId id, BackupState state, long bytes) {}

    static ValidationPlanView of(ValidationView.Where where, ValidationPlan plan) {
        List<Target> targets = Stream.concat(plan.lacking().stream(), plan.targets().stream())
                .map(record -> new Target(record.id(), record.state(), plan.bytesToRead(record)))
                .toList();
        return new ValidationPlanView(
                where,
                true,
                plan.choice().depth(),
                targets,
                targets.stream().mapToLong(Target::bytes).sum(),
                ids(plan.trusted()),
                ids(plan.leftovers()),
                plan.unreadable());
    }

    private static List<BackupId> ids(List<BackupRecord> records) {
        return records.stream().map(BackupRecord::id).toList();
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("Would validate " + FactLines.count(targets.size(), "backup") + " of '" + where.cluster() + "' in "
                + where.repository() + " (" + depth + ")" + (targets.isEmpty() ? "." : ":"));
        if (!targets.isEmpty()) {
            TextTable table = TextTable.of("Backup", "Status", ">Reads at most");
            targets.forEach(
                    target -> table.row(target.id().toString(), target.state().name(), FactLines.size(target.bytes())));
            lines.addAll(table.lines());
        }
        FactLines facts = FactLines.below("");
        if (targets.size() > 1) {
            facts.add("In all", FactLines.size(bytes) + " at most; what backups share is read once");
        }
        trusted.forEach(id -> facts.add("Left out", id + ", found whole not long ago (--all takes it)"));
        abandoned.forEach(id -> facts.add("Abandoned", id + " would become ERROR"));
        unreadable.forEach(id -> facts.add("Damaged", id + ": its record cannot be read"));
        lines.addAll(facts.all().subList(1, facts.all().size()));
        return lines;
    }
}
