package org.pgagent.repository;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.SegmentRanges;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectMissingException;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/**
 * The gaps in the archive that somebody has found and noted, an object each. A note may be out of date, because the missing
 * segments were found after all or because an overlapping gap was noted later: what the archive has is for {@link WalArchive}
 * to say. Thread-safe.
 */
public final class WalGaps {
    private static final Pattern NAME = Pattern.compile("([0-9A-F]{24})-([0-9A-F]{24})\\.json");
    private static final int NOTE_MAX_BYTES = 1 << 16;

    private final ObjectStore store;
    private final ClusterKeys keys;

    public WalGaps(ObjectStore store, ClusterKeys keys) {
        this.store = store;
        this.keys = keys;
    }

    /**
     * Notes a gap. That it was noted before is no failure; the first note stays.
     *
     * @param missing segments that are neither in the archive nor in {@code pg_wal}
     */
    public void record(SegmentRange missing, WalGap note) throws IOException {
        try {
            store.put(keys.walGap(missing), ByteBuffer.wrap(RepositoryJson.print(note)), WriteCondition.ifAbsent());
        } catch (ObjectChangedException e) {
            // somebody was quicker, or this is the second attempt after an answer that was lost
        }
    }

    /** The gaps that were noted, by timeline and number: one request per thousand. Other objects are passed over. */
    public List<SegmentRange> recorded(WalSegmentSize size) throws IOException {
        List<SegmentRange> gaps = new ArrayList<>();
        store.forEachPage(keys.walGapsPrefix(), ListDepth.FOLDER, page -> {
            for (ObjectInfo object : page.objects()) {
                rangeNamed(object.key().name(), size).ifPresent(gaps::add);
            }
        });
        gaps.sort(Comparator.comparing(SegmentRange::timeline)
                .thenComparing(gap -> gap.first().number()));
        return gaps;
    }

    private static Optional<SegmentRange> rangeNamed(String name, WalSegmentSize size) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new SegmentRange(
                    WalSegment.parse(matcher.group(1), size), WalSegment.parse(matcher.group(2), size)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * What was noted of a gap; empty if there is no such note.
     *
     * @throws org.pgagent.error.PgAgentException of kind CORRUPTED if the object is no note
     */
    public Optional<WalGap> find(SegmentRange gap) throws IOException {
        try {
            byte[] json = store.getSmall(keys.walGap(gap), NOTE_MAX_BYTES).bytes();
            return Optional.of(RepositoryJson.read(json, WalGap.class, keys.walGap(gap)));
        } catch (ObjectMissingException e) {
            return Optional.empty();
        }
    }

    /**
     * The segments of noted gaps that a replay from {@code from} along a history would ask for and that are still missing: no
     * backup that starts before them can be recovered to a point after them, and none can build on one. One request if nothing
     * was noted; otherwise as many more as listing those segments takes.
     *
     * @param from such as the start of a backup
     */
    public List<SegmentRange> openSince(Lsn from, TimelineHistory history, WalSegmentSize size) throws IOException {
        WalArchive.Lookup archive = new WalArchive(store, keys).lookup();
        SegmentRanges open = new SegmentRanges();
        WalSegment begin = WalSegment.containing(history.timeline(), from, size);
        WalSegment next = begin;
        for (SegmentRange gap : recorded(size)) {
            boolean sameTimeline = gap.timeline().equals(next.timeline());
            next = latest(sameTimeline ? next : begin.on(gap.timeline()), gap.first());
            for (; next.number() <= gap.last().number(); next = next.next()) {
                if (history.timelineOf(next).equals(gap.timeline()) && !archive.has(next.fileName())) {
                    open.add(next);
                }
            }
        }
        return open.all();
    }

    private static WalSegment latest(WalSegment one, WalSegment other) {
        return one.number() < other.number() ? other : one;
    }
}
