package org.pgagent.repository;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.pgagent.postgres.ArchiveFile;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;

/**
 * Which archive files of a cluster are in the repository. An object that is too short to be an archive file does not count.
 * Every answer is a fresh look; memory is one page of a listing, however long the archive. Thread-safe.
 */
public final class WalArchive {
    private static final long TIMELINE_ID_MAX = 0xFFFF_FFFFL;

    /** The last folder of a timeline may have just the {@code .partial} file with which the timeline ended. */
    private static final int FOLDERS_TO_LOOK_INTO = 2;

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final WalObjects objects;

    public WalArchive(ObjectStore store, ClusterKeys keys) {
        this.store = store;
        this.keys = keys;
        this.objects = new WalObjects(store, keys);
    }

    /**
     * What the object of a segment says of itself, with one request; empty if there is none.
     *
     * @throws org.pgagent.error.PgAgentException of kind CORRUPTED if the object is no archive file
     */
    public Optional<WalObjectHeader> header(WalSegment segment) throws IOException {
        return objects.header(keys.walFile(segment.fileName()));
    }

    /**
     * The history of a timeline; empty if there is no history file, as for the first one.
     *
     * @throws org.pgagent.error.PgAgentException of kind CORRUPTED if the object is damaged or the file malformed
     */
    public Optional<TimelineHistory> history(Timeline timeline) throws IOException {
        Optional<byte[]> content = objects.history(timeline);
        return content.isEmpty()
                ? Optional.empty()
                : Optional.of(TimelineHistory.parse(timeline, new String(content.get(), StandardCharsets.UTF_8)));
    }

    /** The timelines of which there is a history file or any other archive file. */
    public NavigableSet<Timeline> timelines() throws IOException {
        NavigableSet<Timeline> timelines = new TreeSet<>();
        store.forEachPage(keys.walPrefix(), ListDepth.FOLDER, page -> {
            for (ObjectKey folder : page.folders()) {
                historyNamed(folder.name() + ".history").ifPresent(timelines::add);
            }
            for (ObjectInfo object : page.objects()) {
                historyNamed(object.key().name()).ifPresent(timelines::add);
            }
        });
        return timelines;
    }

    private static Optional<Timeline> historyNamed(String fileName) {
        return ArchiveFile.find(fileName).orElse(null) instanceof ArchiveFile.History history
                ? Optional.of(history.timeline())
                : Optional.empty();
    }

    /**
     * The timeline that recovery takes for the latest when it begins on {@code from}: asks for the history files of the
     * following ids, one by one, and stops at the first that is not there, as the server does (timeline.c,
     * findNewestTimeLine).
     */
    public Timeline newestTimeline(Timeline from) throws IOException {
        Timeline newest = from;
        while (newest.id() < TIMELINE_ID_MAX) {
            Timeline probe = new Timeline(newest.id() + 1);
            if (store.head(keys.history(probe)).isEmpty()) {
                break;
            }
            newest = probe;
        }
        return newest;
    }

    /**
     * The first of some segments that is not there, by listing: one request for up to a thousand segments of one timeline,
     * and at worst some fifty more until the listing has come to a folder with a round number.
     *
     * @param needed best in ascending order and without gaps within each timeline; walked through once
     */
    public Optional<WalSegment> firstMissing(Iterable<WalSegment> needed) throws IOException {
        Lookup archive = lookup();
        for (WalSegment segment : needed) {
            if (!archive.has(segment.fileName())) {
                return Optional.of(segment);
            }
        }
        return Optional.empty();
    }

    /**
     * The newest segment that can be reached from {@code from} without a gap; empty if that one is not there itself. As
     * many requests as {@link #firstMissing} takes for that many segments.
     */
    public Optional<WalSegment> lastContiguous(WalSegment from) throws IOException {
        Lookup archive = lookup();
        Optional<WalSegment> last = Optional.empty();
        for (WalSegment next = from; archive.has(next.fileName()); next = next.next()) {
            last = Optional.of(next);
        }
        return last;
    }

    /** Looks archive files up by name, as {@link #firstMissing} does. */
    public Lookup lookup() {
        return new Lookup();
    }

    /** Looks files up one after another in as few listings as it can. What it has listed it does not ask for again. */
    public final class Lookup {
        private SegmentListing listing;

        private Lookup() {}

        /**
         * Whether a file is there.
         *
         * @param fileName one that begins with a segment's; best in ascending order
         */
        public boolean has(String fileName) throws IOException {
            ObjectKey key = keys.walFile(fileName);
            if (listing == null || !listing.reaches(key)) {
                listing = new SegmentListing(store, keys.walPrefixFrom(fileName));
            }
            return listing.has(key);
        }
    }

    /** Takes an archive file's name and its object. */
    @FunctionalInterface
    public interface FileReader {
        void read(ArchiveFile file, ObjectInfo object) throws IOException;
    }

    /**
     * All archive files whose names say what they are, in the order of their keys, so that the segments of each timeline
     * ascend: one request per thousand.
     */
    public void forEachFile(FileReader reader) throws IOException {
        store.forEachPage(keys.walPrefix(), ListDepth.ALL, page -> {
            for (ObjectInfo object : page.objects()) {
                Optional<ArchiveFile> file = ArchiveFile.find(object.key().name());
                if (file.isPresent() && isArchived(file.get(), object)) {
                    reader.read(file.get(), object);
                }
            }
        });
    }

    private boolean isArchived(ArchiveFile file, ObjectInfo object) {
        return SegmentListing.isLongEnough(object)
                && !(file instanceof ArchiveFile.Opaque)
                && objects.key(file).equals(object.key());
    }

    /**
     * The timelines of which there is a history file, and when each was stored, by the store's clock: one request for up to a
     * thousand timelines.
     */
    public NavigableMap<Timeline, Instant> histories() throws IOException {
        NavigableMap<Timeline, Instant> histories = new TreeMap<>();
        store.forEachPage(keys.walPrefix(), ListDepth.FOLDER, page -> {
            for (ObjectInfo object : page.objects()) {
                historyNamed(object.key().name()).ifPresent(timeline -> histories.put(timeline, object.lastModified()));
            }
        });
        return histories;
    }

    /** The newest segment of a timeline, whatever is missing before it; empty if there is none. */
    public Optional<WalSegment> newest(Timeline timeline, WalSegmentSize size) throws IOException {
        Deque<ObjectKey> lastFolders = lastFolders(timeline);
        Optional<WalSegment> newest = Optional.empty();
        while (newest.isEmpty() && !lastFolders.isEmpty()) {
            newest = newestIn(lastFolders.removeFirst(), size);
        }
        return newest;
    }

    /** Of a timeline's folders, the last ones, the very last first. */
    private Deque<ObjectKey> lastFolders(Timeline timeline) throws IOException {
        Deque<ObjectKey> lastFolders = new ArrayDeque<>();
        store.forEachPage(keys.walPrefix(timeline), ListDepth.FOLDER, page -> {
            for (ObjectKey folder : page.folders()) {
                lastFolders.addFirst(folder);
                if (lastFolders.size() > FOLDERS_TO_LOOK_INTO) {
                    lastFolders.removeLast();
                }
            }
        });
        return lastFolders;
    }

    /**
     * The end of a timeline in the archive.
     *
     * @param lastSegment the name of the last segment of which there is anything, also only a {@code .partial} file
     * @param storedAt when the last of the newest files was stored, by the store's clock: nothing in them is younger
     */
    public record End(String lastSegment, Instant storedAt) {
        private End and(End other) {
            return new End(
                    lastSegment.compareTo(other.lastSegment) < 0 ? other.lastSegment : lastSegment,
                    storedAt.isBefore(other.storedAt) ? other.storedAt : storedAt);
        }
    }

    /** Where a timeline ends; empty if there is nothing of it but its history. A few requests, as {@link #newest} takes. */
    public Optional<End> end(Timeline timeline) throws IOException {
        AtomicReference<End> end = new AtomicReference<>();
        for (ObjectKey folder : lastFolders(timeline)) {
            store.forEachPage(folder + "/", ListDepth.ALL, page -> {
                for (ObjectInfo object : page.objects()) {
                    segmentName(object.key())
                            .ifPresent(name -> end.accumulateAndGet(
                                    new End(name, object.lastModified()),
                                    (one, other) -> one == null ? other : one.and(other)));
                }
            });
        }
        return Optional.ofNullable(end.get());
    }

    /**
     * The name of the segment that an object is, or that it goes with, such as a {@code .partial} or a {@code .backup} file;
     * empty if it is nothing of the archive.
     */
    public Optional<String> segmentName(ObjectKey key) {
        String name = key.name();
        boolean named =
                name.matches("[0-9A-F]{24}(\\..*)?") && keys.walFile(name).equals(key);
        return named ? Optional.of(name.substring(0, 24)) : Optional.empty();
    }

    private Optional<WalSegment> newestIn(ObjectKey folder, WalSegmentSize size) throws IOException {
        AtomicReference<String> newest = new AtomicReference<>();
        store.forEachPage(folder + "/", ListDepth.ALL, page -> {
            for (ObjectInfo object : page.objects()) {
                if (object.key().name().matches("[0-9A-F]{24}")) {
                    newest.set(object.key().name());
                }
            }
        });
        return Optional.ofNullable(newest.get()).map(name -> WalSegment.parse(name, size));
    }
}
