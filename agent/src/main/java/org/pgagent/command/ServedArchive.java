package org.pgagent.command;

import java.io.IOException;
import java.time.Duration;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.ControlFileReader;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.ClusterClaim;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.WalObjects;
import org.pgagent.serve.AgentDirectory;
import org.pgagent.storage.ObjectStore;
import org.pgagent.wal.CountedArchive;
import org.pgagent.wal.FetchAhead;
import org.pgagent.wal.PushAhead;
import org.pgagent.wal.Spool;
import org.pgagent.wal.TransferPlaces;
import org.pgagent.wal.WalArchiver;
import org.pgagent.wal.WalFetcher;

/** One repository as an agent uses it, with what is under way there. Made when it is first asked for. Thread-safe. */
final class ServedArchive implements AutoCloseable {
    /** A recovery that has not asked for so long is at its end, or has more than it can replay. */
    private static final Duration SPOOL_IDLE_MAX = Duration.ofMinutes(1);

    private final Surroundings surroundings;
    private final Settings settings;
    private final AgentDirectory directory;
    private final CountedArchive counted;
    private final TransferPlaces places;
    private final Spool spool;
    private final OpenStore opened;
    private PushAhead pushing;
    private FetchAhead fetching;

    /** What all repositories of one agent share. */
    record Shared(Surroundings surroundings, AgentDirectory directory, CountedArchive counted, TransferPlaces places) {}

    /** @param spool for this repository alone */
    ServedArchive(Shared shared, Settings settings, Spool spool) throws IOException {
        this.surroundings = shared.surroundings();
        this.directory = shared.directory();
        this.counted = shared.counted();
        this.places = shared.places();
        this.settings = settings;
        this.spool = spool;
        this.opened = surroundings.openStore(settings);
    }

    /** The way in; the first call makes the name in the repository the cluster's own. */
    synchronized PushAhead pushing() throws IOException {
        if (pushing == null) {
            ControlFile own =
                    new ControlFileReader().read(directory.dataDirectory()).content();
            ClusterClaim.Claimed claimed =
                    surroundings.claim(opened.store(), settings).claim(own);
            WalObjects objects = new WalObjects(claimed.store(), keys());
            WalArchiver archiver = new WalArchiver(objects, claimed.description(), settings.get(Setting.COMPRESS));
            WalSegmentSize size = own.layout().walSegmentSize();
            pushing = new PushAhead(
                    directory.walDirectory(),
                    counted.counted(places.bounded(archiver::push, size)),
                    settings.get(Setting.JOBS));
        }
        return pushing;
    }

    /** The way back; reads only. */
    synchronized FetchAhead fetching() throws IOException {
        if (fetching == null) {
            ControlFile own =
                    new ControlFileReader().read(directory.dataDirectory()).content();
            WalSegmentSize size = own.layout().walSegmentSize();
            ObjectStore store = opened.store();
            WalFetcher fetcher = new WalFetcher(
                    new WalObjects(store, keys()),
                    new ClusterDescriptions(store, keys()),
                    own.systemIdentifier(),
                    size);
            fetching = new FetchAhead(
                    counted.counted(places.bounded(fetcher::fetch, size)), size, spool, settings.get(Setting.JOBS));
        }
        return fetching;
    }

    private ClusterKeys keys() throws IOException {
        return new ClusterKeys(settings.get(Setting.CLUSTER));
    }

    /** To be called now and then. */
    void tick() {
        FetchAhead idle;
        synchronized (this) {
            idle = fetching;
        }
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
