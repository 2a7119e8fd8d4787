package org.pgagent.catalog;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalRange;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.WalArchive;
import org.pgagent.repository.WalGaps;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectListing;
import org.pgagent.storage.ObjectStore;

/**
 * The WAL that nobody needs: finds and removes it. What goes with a segment, such as its {@code .partial} or {@code .backup}
 * file, goes with it; history files stay. Requests and memory follow what goes, not what stays. For one expiry by one thread.
 */
final class WalRemoval {
    private final ObjectStore store;
    private final ClusterKeys keys;
    private final WalArchive archive;
    private final WalSegmentSize size;
    private final WalNeeds needs;

    /** Of each timeline where the WAL begins that stays whatever it is, without timelines of which nothing can go. */
    private final List<WalSegment> firstKept = new ArrayList<>();

    private Collection<TimelineHistory> histories = List.of();

    /** For a cluster whose segments have a size. */
    WalRemoval(ObjectStore store, ClusterKeys keys, WalSegmentSize size, WalNeeds needs) {
        this.store = store;
        this.keys = keys;
        this.archive = new WalArchive(store, keys);
        this.size = size;
        this.needs = needs;
    }

    /** Says of which timelines to remove something. Of what nobody needs only what was seen: more may arrive at any moment. */
    WalRemoval among(ArchivedTimelines timelines) {
        histories = timelines.histories();
        for (TimelineHistory history : histories) {
            Timeline timeline = history.timeline();
            needs.allFrom(timeline)
                    .or(() -> timelines
                            .lastSegment(timeline)
                            .flatMap(this::segmentNamed)
                            .map(WalSegment::next))
                    .filter(first -> first.number() > 0)
                    .ifPresent(firstKept::add);
        }
        return this;
    }

    List<WalSegment> firstKept() {
        return List.copyOf(firstKept);
    }

    /** Whether all WAL stays that a backup needs, one that is being taken or is complete. */
    boolean keepsWalOf(BackupRecord backup) {
        if (backup.stop() == null) {
            return keepsWalFrom(backup.start());
        }
        for (WalRange range : backup.stop().wal()) {
            WalSegment last = WalSegment.endingAt(range.timeline(), range.end(), size);
            WalSegment segment = WalSegment.containing(range.timeline(), range.start(), size);
            for (; segment.number() <= last.number(); segment = segment.next()) {
                if (goes(segment)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Of whichever timeline a standby that begins there may be on, or come to. */
    private boolean keepsWalFrom(BackupRecord.Start start) {
        WalSegment first = WalSegment.containing(start.timeline(), start.lsn(), size);
        return Stream.concat(
                        Stream.of(first),
                        histories.stream()
                                .filter(history -> history.contains(start.timeline(), start.lsn()))
                                .flatMap(history -> history.beginnings(first).stream()))
                .noneMatch(needed -> firstKept.stream()
                        .anyMatch(
                                kept -> kept.timeline().equals(needed.timeline()) && needed.number() < kept.number()));
    }

    private boolean goes(WalSegment segment) {
        return !needs.has(segment)
                && firstKept.stream()
                        .anyMatch(first ->
                                first.timeline().equals(segment.timeline()) && segment.number() < first.number());
    }

    /** So many files, and what they take. */
    record Sum(long files, long bytes) {
        static final Sum NOTHING = new Sum(0, 0);

        private Sum and(List<ObjectInfo> objects) {
            return new Sum(
                    files + objects.size(),
                    bytes + objects.stream().mapToLong(ObjectInfo::sizeBytes).sum());
        }
    }

    /** Looks. */
    Sum count() throws IOException {
        return walk(objects -> {});
    }

    /** Removes; oldest first, a thousand with each request. What it has not come to when it fails, the next one finds. */
    Sum remove() throws IOException {
        Sum removed = walk(
                objects -> store.delete(objects.stream().map(ObjectInfo::key).toList()));
        removeNotes();
        return removed;
    }

    @FunctionalInterface
    private interface Deed {
        void take(List<ObjectInfo> objects) throws IOException;
    }

    private Sum walk(Deed deed) throws IOException {
        Sum sum = Sum.NOTHING;
        for (WalSegment first : firstKept) {
            String prefix = keys.walPrefix(first.timeline());
            Optional<String> from = Optional.empty();
            do {
                ObjectListing page = store.list(prefix, ListDepth.ALL, from);
                List<ObjectInfo> going = new ArrayList<>();
                from = page.next();
                for (ObjectInfo object : page.objects()) {
                    Optional<WalSegment> segment = segment(object.key());
                    if (segment.isPresent() && segment.get().number() >= first.number()) {
                        from = Optional.empty();
                        break;
                    }
                    if (segment.isPresent() && !needs.has(segment.get())) {
                        going.add(object);
                    }
                }
                if (!going.isEmpty()) {
                    deed.take(going);
                }
                sum = sum.and(going);
            } while (from.isPresent());
        }
        return sum;
    }

    /** Empty for what is nothing of the archive, and for a name that no segment of the cluster's size has. */
    private Optional<WalSegment> segment(ObjectKey key) {
        return archive.segmentName(key).flatMap(this::segmentNamed);
    }

    private Optional<WalSegment> segmentNamed(String name) {
        try {
            return Optional.of(WalSegment.parse(name, size));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Notes of gaps in what is no longer kept say nothing any more. */
    private void removeNotes() throws IOException {
        List<ObjectKey> going = new ArrayList<>();
        for (SegmentRange gap : new WalGaps(store, keys).recorded(size)) {
            boolean expired = firstKept.stream()
                    .anyMatch(first -> first.timeline().equals(gap.timeline())
                            && gap.last().number() < first.number());
            if (expired) {
                going.add(keys.walGap(gap));
            }
        }
        for (int begin = 0; begin < going.size(); begin += ObjectStore.DELETE_MAX_KEYS) {
            store.delete(going.subList(begin, Math.min(going.size(), begin + ObjectStore.DELETE_MAX_KEYS)));
        }
    }
}
