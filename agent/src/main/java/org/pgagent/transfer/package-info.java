/**
 * Files to objects and back: reads files in chunks and packs them, fetches ranges of packs and hands out their chunks.
 *
 * <p>Knows where bytes go, not which files a backup has nor when a restore is safe; those are {@code backup} and
 * {@code restore}, its callers.
 */
package org.pgagent.transfer;
