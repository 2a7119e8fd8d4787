package org.pgagent.repository;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.ManualClock;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/** An archive of 16 MiB segments, and nodes that want to write to it. */
final class LeaseScene {
    static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));
    static final Timeline ONE = new Timeline(1);
    static final Timeline TWO = new Timeline(2);
    static final Timeline THREE = new Timeline(3);
    static final String MAY = "may archive";

    private final ManualClock clock = new ManualClock();
    private final ObjectStore store;

    LeaseScene(ObjectStore store) {
        this.store = store;
    }

    ManualClock clock() {
        return clock;
    }

    Leases leases() {
        return leases(store);
    }

    private static Leases leases(ObjectStore through) {
        return new Leases(through, KEYS, new SplittableRandom());
    }

    Optional<Lease> lease() throws IOException {
        return leases().read().map(Leases.Versioned::lease);
    }

    static WriterIdentity identity(String id) {
        return new WriterIdentity(id, "/srv/" + id, new BackupRecord.Writer("host-of-" + id, 4711, "0.1.0"));
    }

    /** A node that has no history files. */
    WriterLease node(String id) {
        return node(id, store, List.of());
    }

    /** A node whose timelines left their parents where the histories say. */
    WriterLease node(String id, TimelineHistory... histories) {
        return node(id, store, List.of(histories));
    }

    WriterLease node(String id, ObjectStore through, List<TimelineHistory> histories) {
        TimelineHistories own = timeline -> histories.stream()
                .filter(history -> history.timeline().equals(timeline))
                .findFirst();
        return new WriterLease(
                leases(through),
                identity(id),
                new Succession(new WalArchive(through, KEYS), own, WalSegmentSize.DEFAULT),
                clock);
    }

    static TimelineHistory history(Timeline timeline, Timeline parent, String switchPoint) {
        return new TimelineHistory(
                timeline, List.of(new TimelineHistory.Entry(parent, Lsn.parse(switchPoint), "a failover")));
    }

    /** Lets a segment be archived. */
    void archive(Timeline timeline, long number) throws IOException {
        String name = new WalSegment(timeline, number, WalSegmentSize.DEFAULT).fileName();
        store.put(KEYS.walFile(name), ByteBuffer.wrap(new byte[600]), WriteCondition.ifAbsent());
    }

    /** {@link #MAY}, or the kind of what is thrown. */
    static String ask(WriterLease node, Timeline own) throws IOException {
        try {
            node.require(own);
            return MAY;
        } catch (PgAgentException e) {
            return e.kind().name();
        }
    }

    static String adopt(WriterLease node, Timeline own) throws IOException {
        try {
            node.adopt(own);
            return MAY;
        } catch (PgAgentException e) {
            return e.kind().name();
        }
    }
}
