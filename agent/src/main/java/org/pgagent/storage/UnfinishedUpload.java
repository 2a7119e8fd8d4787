package org.pgagent.storage;

import java.time.Instant;

/**
 * A multipart upload that was begun and neither completed nor aborted, or what an interrupted put left behind in a
 * directory.
 *
 * @param uploadId the store's own name of it, opaque
 */
public record UnfinishedUpload(ObjectKey key, String uploadId, Instant startedAt) {}
