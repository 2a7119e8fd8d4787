/**
 * The object store: keys, conditions, and the one interface {@link org.pgagent.storage.ObjectStore} with an implementation
 * for a directory, one for memory and, in {@code storage.s3}, one for S3.
 *
 * <p>Knows nothing of PostgreSQL, of backups or of what the bytes mean. Retries and counting are decorators, put
 * together in {@code Wiring}. Called by {@code repository} and {@code transfer}.
 */
package org.pgagent.storage;
