package org.pgagent.catalog;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.Validation;

/**
 * Which backups to look at, and how closely.
 *
 * @param named those that are asked for; if none, all
 * @param trusted for how long a backup that was found whole as closely is not looked at again unless it is asked for; empty
 *     if all are looked at
 */
public record ValidationChoice(Validation.Depth depth, List<BackupSelector> named, Optional<Duration> trusted) {
    public ValidationChoice {
        named = List.copyOf(named);
    }

    boolean selects(BackupId id) {
        return named.isEmpty() || named.stream().anyMatch(selector -> selector.selects(id));
    }

    /** Whether a backup is asked for by its whole id. */
    boolean names(BackupId id) {
        return named.stream().anyMatch(selector -> selector.id().equals(Optional.of(id)));
    }

    /** A clock that was wrong once must not keep a backup from being looked at for years. */
    boolean trusts(BackupRecord backup, Instant now) {
        return named.isEmpty()
                && trusted.isPresent()
                && backup.provenAt(depth)
                        .filter(at -> Duration.between(at, now).abs().compareTo(trusted.get()) < 0)
                        .isPresent();
    }
}
