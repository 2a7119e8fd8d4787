/**
 * The object store: keys, conditions, and the one interface {@link org.pgagent.storage.ObjectStore} with an implementation
 * for a directory and, in {@code storage.s3}, one for S3. The tests have a third, in memory.
 *
 * <p>Knows nothing of PostgreSQL, of backups or of what the bytes mean. Retries, counting and the way around a store that
 * ignores conditions are decorators, from the inside out: the store, {@link org.pgagent.storage.CountingObjectStore} and {@link
 * org.pgagent.storage.RetryingObjectStore}, put together in {@code StoreWiring}, and, for writers and where it is needed, {@link
 * org.pgagent.storage.HeadComparePutObjectStore}, which {@code ClusterClaim} puts around. Called by {@code repository} and
 * {@code transfer}.
 */
package org.pgagent.storage;
