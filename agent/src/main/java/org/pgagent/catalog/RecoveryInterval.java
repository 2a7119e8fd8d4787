package org.pgagent.catalog;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;

/**
 * A stretch of a cluster's past of which every point can be recovered, on the way to one timeline.
 *
 * @param timeline the one that the recovery follows; what lies before its beginning is on those it comes from
 * @param from where the oldest backup of it is consistent
 * @param fromTime when that was, by the server's clock
 * @param to the LSN after the last segment that can be reached
 * @param toStoredAt when that segment was stored, by the store's clock: no commit in it is later
 * @param backups from which points of it can be reached, oldest first
 * @param then what follows
 */
public record RecoveryInterval(
        Timeline timeline,
        Lsn from,
        Instant fromTime,
        Lsn to,
        Instant toStoredAt,
        List<BackupId> backups,
        RecoveryWindow.Then then) {
    public RecoveryInterval {
        backups = List.copyOf(backups);
    }

    /** What a timeline's windows share if they lie in one stretch. */
    private record End(Timeline timeline, Lsn lsn) {}

    /** Puts windows together: those that end at one place lie in one stretch. By timeline and LSN. */
    public static List<RecoveryInterval> of(List<RecoveryWindow> windows) {
        Map<End, List<RecoveryWindow>> stretches = new LinkedHashMap<>();
        windows.stream()
                .sorted(Comparator.comparing(window -> window.backup().stop().lsn()))
                .forEach(window -> stretches
                        .computeIfAbsent(new End(window.timeline(), window.end()), any -> new ArrayList<>())
                        .add(window));
        return stretches.values().stream()
                .map(RecoveryInterval::stretch)
                .sorted(Comparator.comparing(RecoveryInterval::timeline).thenComparing(RecoveryInterval::from))
                .toList();
    }

    private static RecoveryInterval stretch(List<RecoveryWindow> windows) {
        RecoveryWindow first = windows.get(0);
        BackupRecord.Stop begin = first.backup().stop();
        return new RecoveryInterval(
                first.timeline(),
                begin.lsn(),
                begin.time(),
                first.end(),
                first.endStoredAt(),
                windows.stream().map(window -> window.backup().id()).toList(),
                first.then());
    }
}
