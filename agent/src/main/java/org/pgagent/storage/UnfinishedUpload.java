package org.pgagent.storage;

import java.time.Instant;

/** A multipart upload that was begun and neither completed nor aborted. */
public record UnfinishedUpload(ObjectKey key, String uploadId, Instant startedAt) {}
