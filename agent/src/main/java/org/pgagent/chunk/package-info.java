/**
 * One chunk: some bytes of one file, hashed, compressed on their own into a standard LZ4 or zstd frame, and back.
 *
 * <p>Knows nothing of files, packs or stores. Called by {@code transfer} and {@code wal}.
 */
package org.pgagent.chunk;
