package org.pgagent.catalog;

import java.io.IOException;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupState;

/**
 * Decides what a policy keeps. The rules are of PostgreSQL's manual, chapter on continuous archiving, and told one by one in
 * {@code docs/operations.md}: to reach any point since a moment takes, on each timeline that may reach it, the newest backup
 * from before that moment, all backups since, and all WAL from there on.
 *
 * <p>Only what a recovery can rely on counts for a rule: backups that can be restored, have their own WAL and no bad pages.
 */
final class Retention {
    private final RetentionPolicy policy;
    private final List<BackupRecord> backups;
    private final ArchivedTimelines archive;
    private final Instant now;
    private final WindowBases bases;

    private final Map<BackupId, KeptFor> kept = new TreeMap<>();

    /** The end of the oldest full backup that is kept for a number of them; MIN if there are too few. */
    private Instant stopOfFull = Instant.MAX;

    private Retention(RetentionPolicy policy, List<BackupRecord> backups, ArchivedTimelines archive, Instant now) {
        this.policy = policy;
        this.backups = backups;
        this.archive = archive;
        this.now = now;
        this.bases = new WindowBases(archive, now);
    }

    /**
     * What is decided.
     *
     * @param kept why, for each backup that stays
     * @param expired oldest first
     * @param heldBy why nothing goes by some rule, in words; empty if that is not so
     * @param pointsFrom since when every point is kept that can be reached now; {@link Instant#MIN} if always
     * @param wal what WAL is needed
     */
    record Decision(
            Map<BackupId, KeptFor> kept,
            List<BackupRecord> expired,
            Optional<String> heldBy,
            Instant pointsFrom,
            WalNeeds.For wal) {
        /** What WAL is needed, as segments of a cluster. */
        WalNeeds walNeeds(ArchivedTimelines archive, WalSegmentSize size) {
            return new WalNeeds(wal, archive.histories(), size);
        }
    }

    /**
     * Decides.
     *
     * @param records all of them, also of compactions, as they are at {@code clock}
     * @param clock this host's time: a window ends there or, if that is earlier, with the newest WAL, so that the mere lapse of
     *     time expires nothing
     */
    static Decision decide(RetentionPolicy policy, List<BackupRecord> records, ArchivedTimelines archive, Instant clock)
            throws IOException {
        List<BackupRecord> backups =
                records.stream().filter(record -> record.id().isBackup()).toList();
        Instant last = archive.lastStoredAt()
                .or(() -> backups.stream()
                        .filter(BackupRecord::isComplete)
                        .map(backup -> backup.stop().time())
                        .max(Instant::compareTo))
                .orElse(clock);
        return new Retention(policy, backups, archive, last.isBefore(clock) ? last : clock).decide();
    }

    private Decision decide() throws IOException {
        Optional<BackupRecord> newest = newest();
        Optional<String> everythingHeldBy = newest.isEmpty()
                ? Optional.of("no backup can be relied on: each is damaged, lacks WAL or has bad pages")
                : rootless(newest.get())
                        .map(timeline -> "nobody knows where timeline " + timeline
                                + " comes from: its history file is not in the archive, and it has no backup of its own"
                                + " that is old enough");
        Instant pointsFrom = Instant.MIN;
        if (everythingHeldBy.isPresent() || !policy.expiresBackups()) {
            complete().forEach(backup -> keep(backup, KeptFor.NO_RULE));
        } else {
            keepByPolicy(newest.get());
        }
        if (everythingHeldBy.isEmpty()) {
            pointsFrom = pointsFrom(newest.get());
        }
        List<BackupRecord> expired = complete().stream()
                .filter(backup -> !kept.containsKey(backup.id()))
                .toList();
        Optional<String> heldBy = everythingHeldBy.or(this::fewFullOnes);
        return new Decision(
                Map.copyOf(kept), expired, heldBy, pointsFrom, needs(pointsFrom, everythingHeldBy.isPresent()));
    }

    private Optional<BackupRecord> newest() throws IOException {
        for (BackupRecord backup : newestFirst()) {
            if (bases.isSound(backup)) {
                return Optional.of(backup);
            }
        }
        return Optional.empty();
    }

    /**
     * A timeline of which nobody knows where it comes from, and that has no backup of its own from before all that is kept: what
     * is needed to come to it may lie anywhere.
     */
    private Optional<Timeline> rootless(BackupRecord newest) throws IOException {
        Instant begin = windowBegin(newest);
        if (policy.walWindow().isPresent()) {
            begin = earlier(begin, now.minus(policy.walWindow().get()));
        }
        for (TimelineHistory history : archive.histories()) {
            if (archive.isOfUnknownOrigin(history.timeline()) && !hasOwnBefore(begin, history.timeline())) {
                return Optional.of(history.timeline());
            }
        }
        return Optional.empty();
    }

    private boolean hasOwnBefore(Instant begin, Timeline timeline) throws IOException {
        for (BackupRecord backup : complete()) {
            if (backup.stop().timeline().equals(timeline)
                    && !backup.stop().time().isAfter(begin)
                    && bases.isSound(backup)) {
                return true;
            }
        }
        return false;
    }

    private Optional<String> fewFullOnes() {
        return policy.fullBackups().isPresent() && stopOfFull.equals(Instant.MIN)
                ? Optional.of("there are fewer than " + policy.fullBackups().getAsInt()
                        + " full backups that can be relied on; 'pgagent backup --type full' takes one")
                : Optional.empty();
    }

    private void keepByPolicy(BackupRecord newest) throws IOException {
        Instant begin = windowBegin(newest);
        keep(newest, KeptFor.NEWEST);
        complete().stream()
                .filter(backup -> !backup.stop().time().isBefore(begin))
                .forEach(backup -> keep(backup, KeptFor.WINDOW));
        bases.of(begin, complete()).forEach(backup -> keep(backup, KeptFor.WINDOW_BEGIN));
        for (Map.Entry<KeepCalendar.Period, Integer> rule :
                policy.calendar().counts().entrySet()) {
            keepNewestOf(rule.getKey(), rule.getValue());
        }
        List<BackupRecord> running = backups.stream()
                .filter(backup -> backup.state() == BackupState.RUNNING)
                .toList();
        for (BackupRecord backup : complete()) {
            if (running.stream().anyMatch(other -> other.buildsOn(backup.id()))) {
                keep(backup, KeptFor.BUILT_ON);
            }
            if (backup.isPinned(now)) {
                keep(backup, KeptFor.PIN);
            }
        }
    }

    private void keep(BackupRecord backup, KeptFor reason) {
        kept.putIfAbsent(backup.id(), reason);
    }

    private List<BackupRecord> complete() {
        return backups.stream().filter(BackupRecord::isComplete).toList();
    }

    private List<BackupRecord> newestFirst() {
        Comparator<BackupRecord> byTime =
                Comparator.comparing(backup -> backup.stop().time());
        return complete().stream().sorted(byTime.reversed()).toList();
    }

    /** Since when every point is kept, as far as backups go. */
    private Instant windowBegin(BackupRecord newest) throws IOException {
        Instant begin = newest.stop().time();
        if (policy.window().isPresent()) {
            begin = earlier(begin, now.minus(policy.window().get()));
        }
        if (policy.fullBackups().isPresent()) {
            stopOfFull = stopOfFull(policy.fullBackups().getAsInt());
            begin = earlier(begin, stopOfFull);
        }
        return begin;
    }

    private Instant stopOfFull(int wanted) throws IOException {
        int found = 0;
        for (BackupRecord backup : newestFirst()) {
            if (backup.kind() == BackupKind.FULL && bases.isSound(backup) && ++found == wanted) {
                return backup.stop().time();
            }
        }
        return Instant.MIN;
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    /** Periods in which no backup is sound do not count, and keep their newest. */
    private void keepNewestOf(KeepCalendar.Period period, int count) throws IOException {
        Map<Object, BackupRecord> newest = new LinkedHashMap<>();
        Set<Object> sound = new HashSet<>();
        for (BackupRecord backup : newestFirst()) {
            Object key = period.containing(backup.stop().time());
            if (sound.contains(key) || (sound.size() == count && !newest.containsKey(key))) {
                continue;
            }
            if (bases.isSound(backup)) {
                newest.put(key, backup);
                sound.add(key);
            } else {
                newest.putIfAbsent(key, backup);
            }
        }
        newest.values().forEach(backup -> keep(backup, KeptFor.CALENDAR));
    }

    /** Since when every point is kept, as far as WAL goes. */
    private Instant pointsFrom(BackupRecord newest) throws IOException {
        if (policy.walWindow().isPresent()) {
            return earlier(newest.stop().time(), now.minus(policy.walWindow().get()));
        }
        if (policy.window().isPresent() || policy.fullBackups().isPresent()) {
            return windowBegin(newest);
        }
        return complete().stream()
                .filter(backup -> backup.restorable() && isKeptByRule(backup))
                .map(backup -> backup.stop().time())
                .min(Instant::compareTo)
                .orElse(newest.stop().time());
    }

    /** And not only for as long as somebody asks for it. */
    private boolean isKeptByRule(BackupRecord backup) {
        KeptFor reason = kept.get(backup.id());
        return reason != null && reason != KeptFor.PIN && reason != KeptFor.BUILT_ON;
    }

    private WalNeeds.For needs(Instant pointsFrom, boolean everything) throws IOException {
        Map<BackupId, BackupRecord> points = new HashMap<>();
        for (BackupRecord backup : backups) {
            boolean leavesWal = switch (backup.state()) {
                case RUNNING, DELETING -> backup.start() != null;
                case DONE, OK -> isKeptByRule(backup) && !backup.stop().time().isBefore(pointsFrom);
                case CORRUPT, ERROR, DELETED -> false;
            };
            if (leavesWal) {
                points.put(backup.id(), backup);
            }
        }
        List<BackupRecord> remaining = complete().stream()
                .filter(backup -> kept.containsKey(backup.id()))
                .toList();
        bases.of(pointsFrom, remaining).forEach(backup -> points.put(backup.id(), backup));
        List<BackupRecord> alone = remaining.stream()
                .filter(backup -> !points.containsKey(backup.id()))
                .toList();
        Set<Timeline> untouched = new HashSet<>();
        for (TimelineHistory history : archive.histories()) {
            Timeline timeline = history.timeline();
            boolean reached = points.values().stream().anyMatch(backup -> WalNeeds.leadsTo(backup, history));
            boolean known = reached && !archive.isOfUnknownOrigin(timeline);
            if (everything || (!known && bases.isYoung(timeline, pointsFrom))) {
                untouched.add(timeline);
            }
        }
        return new WalNeeds.For(List.copyOf(points.values()), alone, untouched);
    }
}
