package org.pgagent.wal;

import java.io.IOException;
import java.nio.file.Path;

/** Brings one archive file back, with a fresh look, as {@link WalFetcher#fetch} does. */
@FunctionalInterface
public interface ArchiveFetch {
    FetchResult fetch(String fileName, Path target) throws IOException;
}
