package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.pgagent.catalog.ValidationOutcome;
import org.pgagent.catalog.ValidationReport;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.Validation;

/**
 * What a validation has found, as it is printed: as lines for people, or, with these names, as JSON.
 *
 * @param good whether nothing is damaged and nothing was left in doubt
 * @param newestGood the newest backup that can be restored, as far as is known; absent if there is none
 * @param notChecked backups of which nothing is known because the store did not answer or somebody was changing them
 * @param doubt why they were not checked
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ValidationView(
        @JsonUnwrapped Where where,
        boolean dryRun,
        Validation.Depth depth,
        boolean good,
        List<Backup> backups,
        BackupId newestGood,
        List<BackupId> notChecked,
        String doubt) {
    private static final int WIDTH = 80;

    /** Whose backups, and where. */
    record Where(String repository, String cluster) {}

    /**
     * One backup.
     *
     * @param result whole, damaged, trusted, abandoned, at_work, gone or not_checked
     * @param state as it is now
     * @param validatedAt when it was last looked at
     * @param deepAt when it was last found to be whole with every byte read
     * @param note what else is to be said
     * @param moreDamages how often something was found damaged besides
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Backup(
            BackupId id,
            String result,
            BackupState stateBefore,
            BackupState state,
            Instant validatedAt,
            Instant deepAt,
            Long bytesRead,
            List<DamageView> damages,
            long moreDamages,
            String note) {
        static Backup of(ValidationOutcome outcome, ValidationReport report, RelationNames names) {
            Optional<BackupRecord> record = outcome.record();
            Optional<Validation> validation = record.map(BackupRecord::validation);
            boolean looked = outcome.verdict() == ValidationOutcome.Verdict.WHOLE
                    || !outcome.damages().isEmpty();
            return new Backup(
                    outcome.id(),
                    outcome.verdict().name().toLowerCase(Locale.ROOT),
                    outcome.before(),
                    record.map(BackupRecord::state).orElse(null),
                    validation.map(Validation::at).orElse(null),
                    validation.map(Validation::deepAt).orElse(null),
                    looked ? validation.map(Validation::bytesRead).orElse(null) : null,
                    outcome.damages().stream()
                            .map(damage -> DamageView.of(damage, outcome.id(), report, names))
                            .toList(),
                    outcome.untold(),
                    outcome.note());
        }

        /** In a few words. */
        private String inShort() {
            if (result.equals("trusted")) {
                return note;
            }
            boolean again = stateBefore == BackupState.CORRUPT && state == BackupState.OK;
            return again ? "whole again" : result.replace('_', ' ');
        }

        private boolean needsWords() {
            return note != null && !result.equals("trusted");
        }
    }

    static ValidationView of(Where where, ValidationReport report, RelationNames names) {
        List<BackupId> notChecked = report.with(ValidationOutcome.Verdict.NOT_CHECKED);
        boolean good = report.with(ValidationOutcome.Verdict.DAMAGED).isEmpty()
                && report.doubt().isEmpty();
        return new ValidationView(
                where,
                false,
                report.choice().depth(),
                good,
                report.outcomes().stream()
                        .map(outcome -> Backup.of(outcome, report, names))
                        .toList(),
                report.newestGood().map(BackupRecord::id).orElse(null),
                notChecked,
                report.doubt().map(Throwable::getMessage).orElse(null));
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("Validated backups of '" + where.cluster() + "' in " + where.repository() + " (" + depth + ")"
                + (backups.isEmpty() ? ": there is none to look at." : ":"));
        if (!backups.isEmpty()) {
            TextTable table = TextTable.of("Backup", "Status", ">Read", "Result");
            backups.forEach(backup -> table.row(
                    backup.id().toString(),
                    backup.state() == null
                            ? BackupTable.UNREADABLE
                            : backup.state().name(),
                    backup.bytesRead() == null ? "-" : FactLines.size(backup.bytesRead()),
                    backup.inShort()));
            lines.addAll(table.lines());
        }
        for (Backup backup : backups) {
            if (backup.needsWords()) {
                lines.add("");
                lines.addAll(Wrapped.lines(backup.id() + ": " + backup.note(), WIDTH));
            }
        }
        for (Backup backup : backups) {
            if (!backup.damages().isEmpty()) {
                lines.add("");
                lines.addAll(DamageView.lines(backup));
            }
        }
        if (!backups.isEmpty()) {
            FactLines facts = FactLines.below("");
            facts.add("Newest good", newestGood == null ? "no backup that can be restored" : newestGood);
            lines.addAll(facts.all());
        }
        return lines;
    }
}
