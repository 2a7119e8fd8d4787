package org.pgagent.repository;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/** Reads one small object for each of many backups, some at the same time. */
final class ReadsAtOnce {
    private static final int AT_ONCE_MAX = 8;

    /** What is read of one. */
    interface Read<T> {
        T of(BackupId id) throws IOException;
    }

    private ReadsAtOnce() {}

    /**
     * What was read of each; the first failure ends it.
     *
     * @throws PgAgentException of kind INTERRUPTED if this thread was
     */
    static <T> SortedMap<BackupId, T> of(List<BackupId> ids, Read<T> read) throws IOException {
        SortedMap<BackupId, T> results = new TreeMap<>();
        if (ids.size() <= 1) {
            for (BackupId id : ids) {
                results.put(id, read.of(id));
            }
            return results;
        }
        ExecutorService threads = Executors.newFixedThreadPool(Math.min(AT_ONCE_MAX, ids.size()), task -> {
            Thread thread = new Thread(task, "read-records");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<T>> reads = new ArrayList<>();
            for (BackupId id : ids) {
                reads.add(threads.submit(() -> read.of(id)));
            }
            for (int i = 0; i < reads.size(); i++) {
                results.put(ids.get(i), await(reads.get(i)));
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }

    private static <T> T await(Future<T> read) throws IOException {
        try {
            return read.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PgAgentException(
                    ErrorKind.INTERRUPTED, "the records were not read to the end", "Run it again.", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            if (e.getCause() instanceof RuntimeException bug) {
                throw bug;
            }
            throw new IllegalStateException("a record could not be read", e.getCause());
        }
    }
}
