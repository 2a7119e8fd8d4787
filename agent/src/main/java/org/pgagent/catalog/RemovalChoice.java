package org.pgagent.catalog;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;

/**
 * Which backups to delete.
 *
 * @param ids those that are named
 * @param before besides, all that were complete by then and without which every point from then on can be recovered as before:
 *     on each timeline the newest of them that can be restored stays, and the newest without bad pages; pinned ones are not chosen
 */
public record RemovalChoice(Set<BackupId> ids, Optional<Instant> before) {
    public RemovalChoice {
        ids = Set.copyOf(ids);
    }

    /** @param where whose backups they are, and where, for messages */
    List<BackupRecord> among(List<BackupRecord> all, Instant now, String where) throws PgAgentException {
        Set<BackupId> unknown = new TreeSet<>(ids);
        all.forEach(backup -> unknown.remove(backup.id()));
        if (!unknown.isEmpty()) {
            throw new PgAgentException(
                    ErrorKind.NO_BACKUP,
                    "there is no backup " + unknown.iterator().next() + " of " + where,
                    "Run 'pgagent show' to see those that are there.");
        }
        Set<BackupId> chosen = new TreeSet<>(ids);
        before.ifPresent(time -> notNeededFrom(time, all).stream()
                .filter(backup -> !backup.isPinned(now))
                .map(BackupRecord::id)
                .forEach(chosen::add));
        return all.stream().filter(backup -> chosen.contains(backup.id())).toList();
    }

    private static List<BackupRecord> notNeededFrom(Instant time, List<BackupRecord> all) {
        List<BackupRecord> complete = all.stream()
                .filter(backup -> switch (backup.state()) {
                    case DONE, OK, CORRUPT -> backup.stop().time().isBefore(time);
                    case RUNNING, ERROR, DELETING, DELETED -> false;
                })
                .toList();
        Map<Timeline, BackupRecord> staying = newest(complete, BackupRecord::restorable);
        Map<Timeline, BackupRecord> sound =
                newest(complete, backup -> backup.restorable() && backup.hasOnlyGoodPages());
        return complete.stream()
                .filter(backup -> staying.containsKey(backup.stop().timeline()))
                .filter(backup -> !staying.containsValue(backup) && !sound.containsValue(backup))
                .toList();
    }

    private static Map<Timeline, BackupRecord> newest(List<BackupRecord> backups, Predicate<BackupRecord> fits) {
        return backups.stream()
                .filter(fits)
                .collect(Collectors.toMap(
                        backup -> backup.stop().timeline(),
                        backup -> backup,
                        BinaryOperator.maxBy(
                                Comparator.comparing(backup -> backup.stop().lsn()))));
    }
}
