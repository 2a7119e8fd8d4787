package org.pgagent.catalog;

import static org.pgagent.catalog.SampleArchive.SIZE;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.storage.ListDepth;

/** A repository as it is at one moment, and what can be recovered from it, found out segment by segment. */
final class RetentionOracle {
    private static final Pattern SEGMENT = Pattern.compile("[0-9A-F]{24}");
    private static final Pattern TIMELINE_FILE = Pattern.compile("[0-9A-F]{24}.*|[0-9A-F]{8}\\.history");

    /** The segments that are there, and when each was stored. */
    final Map<String, Instant> wal = new TreeMap<>();

    /** All files of the archive but histories. */
    final Set<String> walFiles = new TreeSet<>();

    final Map<BackupId, BackupRecord> backups = new TreeMap<>();
    private final Map<Timeline, TimelineHistory> histories;

    /** What was found out already. */
    private final Map<BackupId, Set<String>> reached = new HashMap<>();

    RetentionOracle(RetentionWorld world) throws IOException {
        histories = world.histories;
        world.store.forEachPage(
                RetentionWorld.KEYS.walPrefix(),
                ListDepth.ALL,
                page -> page.objects().forEach(object -> {
                    String name = object.key().name();
                    if (SEGMENT.matcher(name).matches()) {
                        wal.put(name, object.lastModified());
                    }
                    if (SEGMENT.matcher(name).lookingAt()) {
                        walFiles.add(name);
                    }
                }));
        for (BackupRecords.Versioned backup : new BackupRecords(world.store, RetentionWorld.KEYS).all()) {
            backups.put(backup.record().id(), backup.record());
        }
    }

    static long number(Lsn lsn) {
        return lsn.value() / SIZE.bytes();
    }

    static String name(TimelineHistory history, long number) {
        WalSegment segment = new WalSegment(history.timeline(), number, SIZE);
        return segment.on(history.timelineOf(segment)).fileName();
    }

    List<BackupRecord> complete() {
        return backups.values().stream().filter(BackupRecord::isComplete).toList();
    }

    List<BackupRecord> restorable() {
        return backups.values().stream().filter(BackupRecord::restorable).toList();
    }

    /** Every segment up to whose end a backup can be recovered. */
    Set<String> reachedFrom(BackupRecord backup) {
        return reached.computeIfAbsent(backup.id(), id -> findReached(backup));
    }

    private Set<String> findReached(BackupRecord backup) {
        Set<String> found = new TreeSet<>();
        for (TimelineHistory history : histories.values()) {
            if (!liesOn(backup, history)) {
                continue;
            }
            long n = number(backup.start().lsn());
            for (String name = name(history, n); wal.containsKey(name); name = name(history, n)) {
                if (n >= number(backup.stop().lsn())) {
                    found.add(name);
                }
                n++;
            }
        }
        return found;
    }

    static boolean liesOn(BackupRecord backup, TimelineHistory history) {
        Timeline timeline = backup.start().timeline();
        return history.timeline().equals(timeline)
                || history.switchPoint(timeline)
                        .filter(left -> !left.isBefore(backup.stop().lsn()))
                        .isPresent();
    }

    boolean isUsable(BackupRecord backup) {
        if (!backup.restorable()) {
            return false;
        }
        for (long n = number(backup.start().lsn()); n <= number(backup.stop().lsn()); n++) {
            if (!wal.containsKey(new WalSegment(backup.start().timeline(), n, SIZE).fileName())) {
                return false;
            }
        }
        return true;
    }

    boolean isSound(BackupRecord backup) {
        return isUsable(backup) && backup.totals().badPages() == 0;
    }

    /** Everything that can be reached, from whatever backup. */
    Set<String> reached(Collection<BackupRecord> from) {
        Set<String> all = new HashSet<>();
        from.forEach(backup -> all.addAll(reachedFrom(backup)));
        return all;
    }

    /** When anything of a timeline was stored last. */
    Map<Timeline, Instant> lastStored(RetentionWorld world) throws IOException {
        Map<Timeline, Instant> last = new HashMap<>();
        world.store.forEachPage(
                RetentionWorld.KEYS.walPrefix(),
                ListDepth.ALL,
                page -> page.objects().forEach(object -> {
                    if (TIMELINE_FILE.matcher(object.key().name()).matches()) {
                        last.merge(
                                Timeline.parseHex(object.key().name().substring(0, 8)),
                                object.lastModified(),
                                (one, other) -> one.isBefore(other) ? other : one);
                    }
                }));
        return last;
    }

    /** The backups, newest first by the time of their ends. */
    static List<BackupRecord> newestFirst(Collection<BackupRecord> backups) {
        List<BackupRecord> sorted = new ArrayList<>(backups);
        sorted.sort((one, other) -> other.stop().time().compareTo(one.stop().time()));
        return sorted;
    }
}
