package org.pgagent.repository;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectListing;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/**
 * The restore points of a cluster, an object each. To list them takes one request for a thousand, and their objects are not
 * read for it. Thread-safe.
 */
public final class RestorePoints {
    private static final int POINT_MAX_BYTES = 1 << 16;

    private final ObjectStore store;
    private final ClusterKeys keys;

    public RestorePoints(ObjectStore store, ClusterKeys keys) {
        this.store = store;
        this.keys = keys;
    }

    /** Takes some points, in ascending order of their times. */
    @FunctionalInterface
    public interface Reader {
        void read(List<RestorePoint> points) throws IOException;
    }

    /**
     * Says in the repository that a point can be reached; durable when it returns. A second attempt after an answer that was
     * lost succeeds.
     *
     * @throws ObjectChangedException if there is another point at the same place
     */
    public void record(RestorePoint point) throws IOException {
        ObjectKey key = keys.restorePoint(point);
        try {
            store.put(key, ByteBuffer.wrap(RepositoryJson.print(point)), WriteCondition.ifAbsent());
        } catch (ObjectChangedException e) {
            byte[] there = store.getSmall(key, POINT_MAX_BYTES).bytes();
            if (!RepositoryJson.read(there, RestorePoint.class, key).equals(point)) {
                throw e;
            }
        }
    }

    /** Reads all of them, a thousand in memory at a time. */
    public void forEach(Reader reader) throws IOException {
        store.forEachPage(keys.restorePointsPrefix(), ListDepth.ALL, page -> reader.read(points(page.objects())));
    }

    /**
     * The oldest ones, up to a thousand.
     *
     * @param more whether there are others
     */
    public record First(List<RestorePoint> points, boolean more) {}

    /** Looks with one request. */
    public First first() throws IOException {
        ObjectListing page = store.list(keys.restorePointsPrefix(), ListDepth.ALL, Optional.empty());
        return new First(points(page.objects()), page.next().isPresent());
    }

    private static List<RestorePoint> points(List<ObjectInfo> objects) {
        return objects.stream()
                .flatMap(object -> RestorePoint.ofObjectName(object.key().name()).stream())
                .toList();
    }

    /** Those of one name: mostly one or none. */
    public List<RestorePoint> named(String name) throws IOException {
        List<RestorePoint> found = new ArrayList<>();
        forEach(points ->
                points.stream().filter(point -> point.name().equals(name)).forEach(found::add));
        return found;
    }

    /** How many cannot be reached any more, because the WAL around them was given up. */
    public long countExpired(ExpiredWal expired, WalSegmentSize size) throws IOException {
        long[] count = {0};
        forEach(points -> count[0] +=
                points.stream().filter(point -> isExpired(point, expired, size)).count());
        return count[0];
    }

    /** Removes those that cannot be reached any more, a thousand with each request. Returns how many. */
    public long removeExpired(ExpiredWal expired, WalSegmentSize size) throws IOException {
        long[] count = {0};
        forEach(points -> {
            List<ObjectKey> going = points.stream()
                    .filter(point -> isExpired(point, expired, size))
                    .map(keys::restorePoint)
                    .toList();
            if (!going.isEmpty()) {
                store.delete(going);
                count[0] += going.size();
            }
        });
        return count[0];
    }

    private static boolean isExpired(RestorePoint point, ExpiredWal expired, WalSegmentSize size) {
        return expired.has(WalSegment.endingAt(point.timeline(), point.lsn(), size));
    }
}
