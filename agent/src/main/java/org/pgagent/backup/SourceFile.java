package org.pgagent.backup;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.pgagent.postgres.DataPath;
import org.pgagent.repository.LinkTarget;

/**
 * A file that is to be copied.
 *
 * @param path what it is called in the backup
 * @param location where it is read
 * @param sizeBytes when the scan saw it
 * @param linkedTo what the link says, if the data directory has one in the file's place
 */
record SourceFile(
        DataPath path, Path location, long sizeBytes, int mode, Instant modifiedAt, Optional<LinkTarget> linkedTo) {}
