package org.pgagent.catalog;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
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
    private static final Comparator<BackupRecord> BY_TIME =
            Comparator.comparing(backup -> backup.stop().time());
    private static final Comparator<BackupRecord> BY_LSN =
            Comparator.comparing(backup -> backup.stop().lsn());

    private final RetentionPolicy policy;
    private final List<BackupRecord> backups;
    private final ArchivedTimelines archive;
    private final Instant now;

    private final Map<BackupId, KeptFor> kept = new TreeMap<>();

    private Retention(RetentionPolicy policy, List<BackupRecord> backups, ArchivedTimelines archive, Instant now) {
        this.policy = policy;
        this.backups = backups;
        this.archive = archive;
        this.now = now;
    }

    /**
     * What is decided.
     *
     * @param kept why, for each backup that stays
     * @param expired oldest first
     * @param pointsFrom since when every point is kept that can be reached now; {@link Instant#MIN} if always
     * @param wal what WAL is needed
     */
    record Decision(Map<BackupId, KeptFor> kept, List<BackupRecord> expired, Instant pointsFrom, WalNeeds wal) {}

    /**
     * Decides.
     *
     * @param records all of them, also of compactions, as they are at {@code clock}
     * @param clock this host's time: a window ends there or, if that is earlier, with the newest WAL, so that a clock that
     *     is wrong expires nothing
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
        Optional<BackupRecord> newest = first(descending(restorable(), BY_TIME), this::isSound);
        boolean rootless = archive.histories().stream().anyMatch(this::isRootless);
        if (newest.isEmpty() || rootless || !policy.expiresBackups()) {
            complete().forEach(backup -> keep(backup, KeptFor.NO_RULE));
        } else {
            keepByPolicy(newest.get());
        }
        List<BackupRecord> expired = complete().stream()
                .filter(backup -> !kept.containsKey(backup.id()))
                .toList();
        boolean everything = newest.isEmpty() || rootless;
        Instant pointsFrom = everything ? Instant.MIN : pointsFrom(newest.get());
        return new Decision(Map.copyOf(kept), expired, pointsFrom, walNeeds(pointsFrom, everything));
    }

    /** A timeline of which nobody knows where it comes from, and that has no backup of its own yet. */
    private boolean isRootless(TimelineHistory history) {
        return history.ancestors().isEmpty()
                && !history.timeline().equals(Timeline.FIRST)
                && archive.mayReach(history.timeline(), Instant.MIN)
                && restorable().stream()
                        .noneMatch(backup -> backup.stop().timeline().equals(history.timeline()));
    }

    private void keepByPolicy(BackupRecord newest) throws IOException {
        Instant begin = windowBegin(newest);
        keep(newest, KeptFor.NEWEST);
        complete().stream()
                .filter(backup -> !backup.stop().time().isBefore(begin))
                .forEach(backup -> keep(backup, KeptFor.WINDOW));
        bases(begin, restorable()).forEach(backup -> keep(backup, KeptFor.WINDOW_BEGIN));
        for (Map.Entry<KeepCalendar.Period, Integer> rule :
                policy.calendar().counts().entrySet()) {
            keepNewestOf(rule.getKey(), rule.getValue());
        }
        for (BackupRecord backup : complete()) {
            if (backups.stream()
                    .anyMatch(other -> other.state() == BackupState.RUNNING && other.buildsOn(backup.id()))) {
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

    private List<BackupRecord> restorable() {
        return backups.stream().filter(BackupRecord::restorable).toList();
    }

    private boolean isSound(BackupRecord backup) throws IOException {
        return backup.hasOnlyGoodPages() && archive.hasWalOf(backup);
    }

    @FunctionalInterface
    private interface Test {
        boolean holds(BackupRecord backup) throws IOException;
    }

    private static Optional<BackupRecord> first(Collection<BackupRecord> backups, Test test) throws IOException {
        for (BackupRecord backup : backups) {
            if (test.holds(backup)) {
                return Optional.of(backup);
            }
        }
        return Optional.empty();
    }

    private static List<BackupRecord> descending(Collection<BackupRecord> backups, Comparator<BackupRecord> order) {
        return backups.stream().sorted(order.reversed()).toList();
    }

    /** Since when every point is kept, as far as backups go. */
    private Instant windowBegin(BackupRecord newest) throws IOException {
        Instant begin = newest.stop().time();
        if (policy.window().isPresent()) {
            begin = earlier(begin, now.minus(policy.window().get()));
        }
        if (policy.fullBackups().isPresent()) {
            begin = earlier(begin, stopOfFull(policy.fullBackups().getAsInt()));
        }
        return begin;
    }

    private Instant stopOfFull(int wanted) throws IOException {
        int found = 0;
        for (BackupRecord backup : descending(restorable(), BY_TIME)) {
            if (backup.kind() == BackupKind.FULL && isSound(backup) && ++found == wanted) {
                return backup.stop().time();
            }
        }
        return Instant.MIN;
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    /**
     * From which backups the points at the beginning of a window are reached, on each timeline that may come so far: from the
     * newest, and, if that has bad pages, from the newest without.
     */
    private List<BackupRecord> bases(Instant begin, List<BackupRecord> candidates) throws IOException {
        List<BackupRecord> before = descending(candidates, BY_LSN).stream()
                .filter(backup -> !backup.stop().time().isAfter(begin))
                .toList();
        List<BackupRecord> bases = new ArrayList<>();
        for (TimelineHistory history : archive.histories()) {
            if (archive.mayReach(history.timeline(), begin)) {
                List<BackupRecord> onTheWay =
                        before.stream().filter(backup -> backup.liesOn(history)).toList();
                first(onTheWay, archive::hasWalOf).ifPresent(bases::add);
                first(onTheWay, this::isSound).ifPresent(bases::add);
            }
        }
        return bases;
    }

    /** Periods in which no backup is sound do not count, and keep their newest. */
    private void keepNewestOf(KeepCalendar.Period period, int count) throws IOException {
        Map<Object, BackupRecord> newest = new LinkedHashMap<>();
        Set<Object> sound = new HashSet<>();
        for (BackupRecord backup : descending(restorable(), BY_TIME)) {
            Object key = period.containing(backup.stop().time());
            if (sound.contains(key) || (sound.size() == count && !newest.containsKey(key))) {
                continue;
            }
            if (isSound(backup)) {
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
        return restorable().stream()
                .filter(this::isKeptByRule)
                .map(backup -> backup.stop().time())
                .min(Instant::compareTo)
                .orElse(newest.stop().time());
    }

    /** And not only for as long as somebody asks for it. */
    private boolean isKeptByRule(BackupRecord backup) {
        KeptFor reason = kept.get(backup.id());
        return reason != null && reason != KeptFor.PIN && reason != KeptFor.BUILT_ON;
    }

    private WalNeeds walNeeds(Instant pointsFrom, boolean everything) throws IOException {
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
        List<BackupRecord> remaining = restorable().stream()
                .filter(backup -> kept.containsKey(backup.id()))
                .toList();
        bases(pointsFrom, remaining).forEach(backup -> points.put(backup.id(), backup));
        List<BackupRecord> alone = complete().stream()
                .filter(backup -> kept.containsKey(backup.id()) && !points.containsKey(backup.id()))
                .toList();
        Set<Timeline> untouched = new HashSet<>();
        for (TimelineHistory history : archive.histories()) {
            boolean reached = points.values().stream().anyMatch(backup -> leadsTo(backup, history));
            if (everything || (!reached && archive.mayReach(history.timeline(), pointsFrom))) {
                untouched.add(history.timeline());
            }
        }
        WalNeeds.For what = new WalNeeds.For(List.copyOf(points.values()), alone, untouched);
        return new WalNeeds(what, archive.histories(), archive.segmentSize());
    }

    private static boolean leadsTo(BackupRecord backup, TimelineHistory history) {
        return history.timeline().equals(backup.start().timeline())
                || (backup.stop() == null
                        ? history.contains(
                                backup.start().timeline(), backup.start().lsn())
                        : backup.liesOn(history));
    }
}
