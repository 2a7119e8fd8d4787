package org.pgagent.wal;

import java.io.IOException;
import java.nio.file.Path;

/** Stores one archive file, and returns only when it is stored; {@link WalArchiver#push} with whatever must come before. */
@FunctionalInterface
public interface ArchivePush {
    PushResult push(Path file) throws IOException;
}
