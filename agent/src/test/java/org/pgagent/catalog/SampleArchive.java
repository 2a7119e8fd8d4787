package org.pgagent.catalog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.SampleRecord;
import org.pgagent.repository.WalArchive;
import org.pgagent.repository.WalObjectHeader;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.WriteCondition;
import org.pgagent.wal.SampleWal;

/** An archive in memory that has names but no content. */
final class SampleArchive {
    static final WalSegmentSize SIZE = new WalSegmentSize(64 << 20);
    static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));

    private final MemoryObjectStore store = new MemoryObjectStore();

    static WalSegment segment(long timeline, long number) {
        return new WalSegment(new Timeline(timeline), number, SIZE);
    }

    static SegmentRange range(long timeline, long first, long last) {
        return new SegmentRange(segment(timeline, first), segment(timeline, last));
    }

    /** An LSN in a segment, by the eighths of it that come before. */
    static Lsn lsn(long number, int eighths) {
        return new Lsn(number * SIZE.bytes() + eighths * (SIZE.bytes() / 8L));
    }

    static BackupRecord backup(long timeline, long first, long last) {
        return SampleRecord.of("20261122T055500Z-F", new Timeline(timeline), lsn(first, 1), lsn(last, 4), SIZE);
    }

    SampleArchive has(long timeline, long first, long last) throws IOException {
        for (long number = first; number <= last; number++) {
            put(KEYS.walFile(segment(timeline, number).fileName()), WalObjectHeader.BYTES + 1);
        }
        return this;
    }

    WalArchive archive() {
        return new WalArchive(store, KEYS);
    }

    SampleArchive put(ObjectKey key, int sizeBytes) throws IOException {
        store.put(key, ByteBuffer.wrap(new byte[sizeBytes]), WriteCondition.always());
        return this;
    }

    /** Stores the history file of a timeline. */
    SampleArchive history(TimelineHistory history) throws IOException {
        String lines = history.ancestors().stream()
                .map(entry -> entry.timeline() + "\t" + entry.switchPoint() + "\tno reason\n")
                .collect(Collectors.joining());
        return history(history.timeline(), lines);
    }

    SampleArchive history(Timeline timeline, String content) throws IOException {
        SampleWal.storeHistory(new WalObjects(store, KEYS), timeline, content);
        return this;
    }

    /** The history of a timeline whose parent was left at an LSN. */
    static TimelineHistory childOf(TimelineHistory parent, Lsn left, long timeline) {
        List<TimelineHistory.Entry> ancestors = new ArrayList<>(parent.ancestors());
        ancestors.add(new TimelineHistory.Entry(parent.timeline(), left, "no reason"));
        return new TimelineHistory(new Timeline(timeline), ancestors);
    }

    WalInventory survey() throws IOException {
        return new WalSurvey(archive(), SIZE).survey();
    }
}
