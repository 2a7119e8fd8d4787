package org.pgagent.backup;

import java.nio.file.Path;
import org.pgagent.postgres.DataDirectoryRules;

/** A data directory that is copied, by which rules, and what has been stored of it before; the caller closes the latter. */
record CopySource(Path dataDirectory, DataDirectoryRules rules, Predecessors predecessors) {}
