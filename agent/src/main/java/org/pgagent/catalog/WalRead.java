package org.pgagent.catalog;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.WalObjectHeader;
import org.pgagent.repository.WalObjectReader;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.ObjectKey;

/** Reads the WAL back without which a backup cannot become consistent, some segments at the same time. */
final class WalRead {
    /** What was damaged on the way is whole when it is read once more. */
    private static final int TRIES = 2;

    /** Each may hold a segment of 16 MiB. */
    private static final int AT_ONCE_MAX = 4;

    private final ContentRead.Source source;
    private final WalObjects objects;

    WalRead(ContentRead.Source source) {
        this.source = source;
        this.objects = new WalObjects(source.store(), source.keys());
    }

    void read(BackupRecord record, Damages damages) throws IOException {
        List<WalSegment> segments = BackupWal.segments(record);
        int threadCount = Math.min(source.jobs(), AT_ONCE_MAX);
        AtomicInteger next = new AtomicInteger();
        AtomicBoolean failed = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(threadCount, task -> {
            Thread thread = new Thread(task, "read-wal");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<Void>> working = new ArrayList<>();
            for (int i = 0; i < Math.min(threadCount, segments.size()); i++) {
                working.add(threads.submit(() -> {
                    try {
                        for (int at = next.getAndIncrement();
                                at < segments.size() && !failed.get();
                                at = next.getAndIncrement()) {
                            read(segments.get(at), record, damages);
                        }
                        return null;
                    } catch (IOException | RuntimeException | Error e) {
                        failed.set(true);
                        throw e;
                    }
                }));
            }
            for (Future<Void> thread : working) {
                await(thread);
            }
        } finally {
            failed.set(true);
            threads.shutdown();
        }
    }

    private static void await(Future<Void> thread) throws IOException {
        try {
            thread.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PgAgentException(ErrorKind.INTERRUPTED, "the validation was interrupted", "Run it again.", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IllegalStateException("a thread of the validation has failed", e.getCause());
        }
    }

    private void read(WalSegment segment, BackupRecord record, Damages damages) throws IOException {
        ObjectKey key = source.keys().walFile(segment.fileName());
        for (int attempt = 1; ; attempt++) {
            source.cancellation().check();
            try {
                Optional<String> problem = problem(key, segment, record);
                problem.ifPresent(text -> damages.add(Damage.Kind.WAL, key, text));
                return;
            } catch (PgAgentException e) {
                if (e.kind() != ErrorKind.CORRUPTED) {
                    throw e;
                }
                if (attempt == TRIES) {
                    damages.add(Damage.Kind.WAL, key, Problems.without(key, e.getMessage()));
                    return;
                }
            }
        }
    }

    private Optional<String> problem(ObjectKey key, WalSegment segment, BackupRecord record) throws IOException {
        Optional<WalObjectReader> found = objects.open(key, segment.size().bytes());
        if (found.isEmpty()) {
            return Optional.of("is missing");
        }
        try (WalObjectReader reader = found.get()) {
            WalObjectHeader header = reader.header();
            header.requireFile(segment.fileName(), key);
            if (!header.systemIdentifier().equals(record.source().systemIdentifier())) {
                return Optional.of("is WAL of another cluster, " + header.systemIdentifier());
            }
            if (header.size() != segment.size().bytes()) {
                return Optional.of("has " + header.size() + " bytes of WAL and should have "
                        + segment.size().bytes());
            }
            reader.copyTo(OutputStream.nullOutputStream());
            return Optional.empty();
        }
    }
}
