package org.pgagent.command;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.ControlFileReader;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.ClusterClaim;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.WalObjects;
import org.pgagent.repository.WriterLease;
import org.pgagent.serve.AgentDirectory;
import org.pgagent.storage.ObjectStore;
import org.pgagent.wal.ArchiveHealing;
import org.pgagent.wal.ArchivePush;
import org.pgagent.wal.ArchiveStatistics;
import org.pgagent.wal.ArchivingNode;
import org.pgagent.wal.CountedArchive;
import org.pgagent.wal.FetchAhead;
import org.pgagent.wal.PushAhead;
import org.pgagent.wal.PushResult;
import org.pgagent.wal.SpoolParts;
import org.pgagent.wal.TransferPlaces;
import org.pgagent.wal.WalArchiver;
import org.pgagent.wal.WalFetcher;

/** One repository as an agent uses it, with what is under way there. Made when it is first asked for. Thread-safe. */
final class ServedArchive implements AutoCloseable {
    /** A recovery that has not asked for so long is at its end, or has more than it can replay. */
    private static final Duration SPOOL_IDLE_MAX = Duration.ofMinutes(1);

    /** At once, whatever {@code --jobs} says: the agent's heap is made for so many. */
    static final int TRANSFERS_MAX = 4;

    /** A fetched object is held whole, up to 17 MiB; all of them and the rest of the agent must fit its heap. */
    private static final int FETCHES_MAX = 3;

    private final Surroundings surroundings;
    private final Settings settings;
    private final AgentDirectory directory;
    private final CountedArchive counted;
    private final ArchiveStatistics statistics;
    private final TransferPlaces places;
    private final SpoolParts spool;
    private final OpenStore opened;
    private volatile PushAhead pushing;
    private volatile FetchAhead fetching;
    private volatile ArchiveUpkeep upkeep;
    private volatile boolean ours;

    /** Read by each request as long as it lasts. */
    private final ReadWriteLock uses = new ReentrantReadWriteLock();

    /** What all repositories of one agent share. */
    record Shared(
            Surroundings surroundings, AgentDirectory directory, ArchiveStatistics statistics, TransferPlaces places) {}

    /** A request's hold on an archive, to be closed by the thread that got it. */
    record Use(ServedArchive archive) implements AutoCloseable {
        @Override
        public void close() {
            archive.uses.readLock().unlock();
        }
    }

    /** @param spool of which this repository gets a part of its own */
    ServedArchive(Shared shared, Settings settings, SpoolParts spool) throws IOException {
        this.surroundings = shared.surroundings();
        this.directory = shared.directory();
        this.statistics = shared.statistics();
        this.counted = new CountedArchive(statistics);
        this.places = shared.places();
        this.settings = settings;
        this.spool = spool;
        this.opened = surroundings.openServedStore(settings);
    }

    /** Begins a request; not after {@link #closeUnused}. */
    Use use() {
        uses.readLock().lock();
        return new Use(this);
    }

    /** Closes this once the requests that use it are at their end. */
    void closeUnused() {
        uses.writeLock().lock();
        close();
    }

    /** The way in; the first call makes the name in the repository the cluster's own. */
    synchronized PushAhead pushing() throws IOException {
        if (pushing == null) {
            ControlFile own = control();
            ClusterClaim.Claimed claimed =
                    surroundings.claim(opened.store(), settings).claim(own);
            WalObjects objects = new WalObjects(claimed.store(), keys());
            WalArchiver archiver = new WalArchiver(objects, claimed.description(), settings.get(Setting.COMPRESS));
            WalSegmentSize size = own.layout().walSegmentSize();
            WriterLease lease = node().lease(claimed.store(), keys(), size);
            // Only in its place, for a file may wait long for that, and the right be lost meanwhile.
            ArchivePush fenced = places.bounded(
                    file -> {
                        lease.require(control().timeline());
                        PushResult result = archiver.push(file);
                        ours = true;
                        return result;
                    },
                    size);
            ArchiveHealing healing = new ArchiveHealing(
                    directory.dataDirectory(),
                    claimed.store(),
                    keys(),
                    new ArchiveHealing.Means(
                            claimed.description(),
                            fenced,
                            surroundings.clock(),
                            ThisHost.writer().host()));
            upkeep = new ArchiveUpkeep(directory, lease, healing, statistics);
            pushing = new PushAhead(
                    directory.walDirectory(),
                    counted.counted(fenced),
                    Math.min(settings.get(Setting.JOBS), TRANSFERS_MAX));
        }
        return pushing;
    }

    /** The way back; reads only. */
    synchronized FetchAhead fetching() throws IOException {
        if (fetching == null) {
            ControlFile own = control();
            WalSegmentSize size = own.layout().walSegmentSize();
            ObjectStore store = opened.store();
            WalFetcher fetcher = new WalFetcher(
                    new WalObjects(store, keys()),
                    new ClusterDescriptions(store, keys()),
                    own.systemIdentifier(),
                    size);
            fetching = new FetchAhead(
                    counted.counted(places.bounded(fetcher::fetch, size)),
                    size,
                    spool.next(),
                    Math.min(settings.get(Setting.JOBS), FETCHES_MAX));
        }
        return fetching;
    }

    private ArchivingNode node() {
        return new ArchivingNode(
                directory.dataDirectory(), ThisHost.writer(), surroundings.clock(), new SecureRandom());
    }

    /** Whether this data directory has the right to archive here, from earlier runs; then it is to be looked after. */
    boolean isOurs() throws IOException {
        if (!ours) {
            WalSegmentSize size = control().layout().walSegmentSize();
            if (node().leaseToLookAt(opened.store(), keys(), size).isHeld()) {
                pushing();
                ours = true;
            }
        }
        return ours;
    }

    private ControlFile control() throws PgAgentException {
        return new ControlFileReader().read(directory.dataDirectory()).content();
    }

    private ClusterKeys keys() throws IOException {
        return new ClusterKeys(settings.get(Setting.CLUSTER));
    }

    /**
     * What is to be seen to now and then, on a thread that may wait for the store; empty as long as this data directory has
     * not archived here: a restored copy that only fetches has no say in its source's archive.
     */
    Optional<ArchiveUpkeep> upkeep() {
        return ours ? Optional.of(upkeep) : Optional.empty();
    }

    /** How many segments were fetched ahead, or are on their way. */
    int inSpool() {
        FetchAhead ahead = fetching;
        return ahead == null ? 0 : ahead.inSpool();
    }

    /** To be called now and then; does not wait for the store. */
    void tick() {
        FetchAhead idle = fetching;
        if (idle != null) {
            idle.dropAfter(SPOOL_IDLE_MAX);
        }
    }

    @Override
    public void close() {
        if (pushing != null) {
            pushing.close();
        }
        if (fetching != null) {
            fetching.close();
        }
        opened.close();
    }
}
