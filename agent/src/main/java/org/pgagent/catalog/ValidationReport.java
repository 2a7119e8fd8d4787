package org.pgagent.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.storage.ObjectKey;

/**
 * What a validation has found.
 *
 * @param outcomes one for each backup, newest first
 * @param newestGood the newest backup that can be restored as far as is known; empty if there is none
 * @param sharers of each damaged pack, the complete backups that need something of it
 * @param doubt why some backups were not checked; empty if all were
 */
public record ValidationReport(
        ValidationChoice choice,
        List<ValidationOutcome> outcomes,
        Optional<BackupRecord> newestGood,
        Map<ObjectKey, List<BackupId>> sharers,
        Optional<PgAgentException> doubt) {
    private static final int TOLD_MAX = 5;

    public ValidationReport {
        outcomes = List.copyOf(outcomes);
        sharers = Map.copyOf(sharers);
    }

    public List<BackupId> with(ValidationOutcome.Verdict verdict) {
        return outcomes.stream()
                .filter(outcome -> outcome.verdict() == verdict)
                .map(ValidationOutcome::id)
                .toList();
    }

    /**
     * Makes sure that everything that was to be looked at was, and is whole.
     *
     * @throws PgAgentException of kind CORRUPTED if anything is damaged; else what kept the store from answering
     */
    public void requireGood() throws PgAgentException {
        List<BackupId> damaged = with(ValidationOutcome.Verdict.DAMAGED);
        List<BackupId> unchecked = with(ValidationOutcome.Verdict.NOT_CHECKED);
        List<String> facts = new ArrayList<>();
        if (!damaged.isEmpty()) {
            facts.add("damaged: " + named(damaged));
        }
        if (doubt.isPresent()) {
            facts.add(doubt.get().getMessage());
        }
        if (!unchecked.isEmpty()) {
            facts.add("not checked: " + named(unchecked));
        }
        String message = String.join("; ", facts);
        if (!damaged.isEmpty()) {
            // Whoever was not looked at may need what is damaged, and may be the next parent.
            String now = unchecked.isEmpty()
                    ? "Take a backup now ('pgagent backup'): it needs nothing of what is damaged. "
                    : "Take a full backup now ('pgagent backup --type full'). ";
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    message,
                    now
                            + newestGood
                                    .map(good -> "Until then restore " + good.id() + ".")
                                    .orElse("No other one is good."),
                    doubt.orElse(null));
        }
        if (doubt.isPresent()) {
            throw new PgAgentException(doubt.get().kind(), message, doubt.get().hint(), doubt.get());
        }
    }

    private static String named(List<BackupId> ids) {
        String first = ids.stream().limit(TOLD_MAX).map(BackupId::toString).collect(Collectors.joining(", "));
        return ids.size() > TOLD_MAX ? first + " and " + (ids.size() - TOLD_MAX) + " more" : first;
    }
}
