package org.pgagent.backup;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.UnfinishedUpload;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what a backup still has under way, in a bounded time: a request that is stuck in a store that does not answer takes
 * minutes, with its retries, and an operator who was told that the backup is lost should not wait for it.
 */
final class GivingUp {
    private static final Logger LOG = LoggerFactory.getLogger(GivingUp.class);
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final BackupId id;

    GivingUp(ObjectStore store, ClusterKeys keys, BackupId id) {
        this.store = store;
        this.keys = keys;
        this.id = id;
    }

    /**
     * Waits for an orderly end, and if that takes too long, aborts the backup's uploads without it: the requests that are
     * stuck are then refused, should they ever reach the store. What cannot be aborted either is garbage that no manifest
     * names.
     */
    void run(Runnable orderlyEnd) {
        if (!endsInTime("end", orderlyEnd)) {
            LOG.warn("requests to the store are stuck, the backup's uploads are aborted without them id={}", id);
            endsInTime("abort", this::abortUploads);
        }
    }

    private static boolean endsInTime(String name, Runnable work) {
        FutureTask<Void> task = new FutureTask<>(work, null);
        Thread thread = new Thread(task, "give-up-" + name);
        thread.setDaemon(true);
        thread.start();
        try {
            task.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        } catch (ExecutionException e) {
            throw new IllegalStateException("giving the backup up failed", e.getCause());
        }
    }

    private void abortUploads() {
        try {
            for (String prefix : List.of(keys.packsPrefix(id), keys.manifest(id).value())) {
                for (UnfinishedUpload upload : store.unfinishedUploads(prefix)) {
                    store.abort(upload);
                }
            }
        } catch (IOException e) {
            LOG.warn("cannot abort the uploads of the backup, they remain as garbage id={}", id, e);
        }
    }
}
