package org.pgagent.catalog;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.UnfinishedUpload;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What killed processes have under way of anything but a backup: of long WAL segments, of server logs, and, in a directory, of
 * whatever was being written. A backup's own goes with the backup.
 */
final class AbandonedUploads {
    private static final Logger LOG = LoggerFactory.getLogger(AbandonedUploads.class);

    /** Nobody sends one archive file for that long. */
    private static final Duration ABANDONED_AFTER = Duration.ofDays(1);

    /** Of a thousand uploads each. */
    private static final int ROUNDS_MAX = 100;

    private final ObjectStore store;
    private final Clock clock;
    private final List<String> prefixes;

    AbandonedUploads(ObjectStore store, ClusterKeys keys, Clock clock) {
        this.store = store;
        this.clock = clock;
        this.prefixes = List.of(keys.walPrefix(), keys.serverLogsPrefix(), keys.recordsPrefix());
    }

    /** Says how many there are. */
    void tell() {
        try {
            int count = 0;
            for (String prefix : prefixes) {
                count += find(prefix).size();
            }
            if (count > 0) {
                LOG.info("unfinished uploads of killed processes would be aborted count={}", count);
            }
        } catch (IOException e) {
            warn(e);
        }
    }

    /** Aborts them; what cannot be aborted is no failure of a removal. */
    void abort() {
        int count = 0;
        try {
            for (String prefix : prefixes) {
                List<UnfinishedUpload> found = find(prefix);
                for (int round = 0; round < ROUNDS_MAX && !found.isEmpty(); round++) {
                    for (UnfinishedUpload upload : found) {
                        store.abort(upload);
                        count++;
                    }
                    found = find(prefix);
                }
            }
        } catch (IOException e) {
            warn(e);
        }
        if (count > 0) {
            LOG.info("aborted unfinished uploads of killed processes count={}", count);
        }
    }

    private List<UnfinishedUpload> find(String prefix) throws IOException {
        List<UnfinishedUpload> found = new ArrayList<>(store.unfinishedUploads(prefix));
        found.removeIf(upload -> upload.startedAt().isAfter(clock.instant().minus(ABANDONED_AFTER)));
        return found;
    }

    private static void warn(IOException e) {
        LOG.warn("cannot look for unfinished uploads and abort them; a bucket rule can do that", e);
    }
}
