package org.pgagent.wal;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.pgagent.error.FileSystemReason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What fetches that were killed have left in {@code pg_wal}. The next fetch for the same target removes it, but where recovery
 * is over there is none.
 */
public final class AbandonedFetches {
    private static final Logger LOG = LoggerFactory.getLogger(AbandonedFetches.class);

    private AbandonedFetches() {}

    /**
     * Removes what was last written before a time. A failure is said in the log, for nothing depends on it.
     *
     * @param before so long ago that no fetch which still goes on has written nothing since
     */
    public static void remove(Path walDirectory, Instant before) {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(walDirectory, "*" + FetchTarget.SUFFIX)) {
            for (Path file : left) {
                if (Files.getLastModifiedTime(file).toInstant().isBefore(before)) {
                    Files.deleteIfExists(file);
                    LOG.info("removed what a killed fetch has left file={}", file);
                }
            }
        } catch (DirectoryIteratorException e) {
            tell(walDirectory, e.getCause());
        } catch (IOException e) {
            tell(walDirectory, e);
        }
    }

    private static void tell(Path walDirectory, IOException e) {
        LOG.warn(
                "what killed fetches have left cannot be removed directory={} reason='{}'",
                walDirectory,
                FileSystemReason.of(e));
    }
}
