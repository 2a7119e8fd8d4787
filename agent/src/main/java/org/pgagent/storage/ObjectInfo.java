package org.pgagent.storage;

import java.time.Instant;

/**
 * What a store says about an object: its size, its opaque ETag and the store's own time of its last change (of an object
 * that was written just now: the store's time when it answered).
 */
public record ObjectInfo(ObjectKey key, long sizeBytes, String etag, Instant lastModified) {}
