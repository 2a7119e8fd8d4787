package org.pgagent.wal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what goes into an archive and comes out of it, and says in the log what does not. Thread-safe. */
public final class CountedArchive {
    private static final Logger LOG = LoggerFactory.getLogger(CountedArchive.class);

    private final ArchiveStatistics statistics;

    public CountedArchive(ArchiveStatistics statistics) {
        this.statistics = statistics;
    }

    public ArchivePush counted(ArchivePush archive) {
        return file -> push(archive, file);
    }

    public ArchiveFetch counted(ArchiveFetch archive) {
        return (name, target) -> fetch(archive, name, target);
    }

    private PushResult push(ArchivePush archive, Path file) throws IOException {
        long begun = System.nanoTime();
        String name = file.getFileName().toString();
        try {
            PushResult result = archive.push(file);
            statistics.stored(name, sizeOf(file), since(begun));
            LOG.debug("archived file={} result={}", name, result);
            return result;
        } catch (IOException | RuntimeException e) {
            Optional<ErrorKind> kind =
                    e instanceof PgAgentException known ? Optional.of(known.kind()) : Optional.empty();
            statistics.notStored(name, kind, e.getMessage());
            LOG.warn("not archived file={} reason='{}'", name, e.getMessage());
            throw e;
        }
    }

    private FetchResult fetch(ArchiveFetch archive, String name, Path target) throws IOException {
        long begun = System.nanoTime();
        try {
            FetchResult result = archive.fetch(name, target);
            switch (result) {
                case FETCHED -> statistics.fetched(sizeOf(target), since(begun));
                case NOT_IN_ARCHIVE -> statistics.absent();
            }
            return result;
        } catch (IOException | RuntimeException e) {
            statistics.notFetched();
            LOG.warn("not fetched file={} reason='{}'", name, e.getMessage());
            throw e;
        }
    }

    /** For the sums only; the server may have taken the file away by now. */
    private static long sizeOf(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }

    private static Duration since(long begun) {
        return Duration.ofNanos(System.nanoTime() - begun);
    }
}
