package org.pgagent.chunk;

/**
 * What is known of a chunk once it is encoded: enough to fetch, check and decode it.
 *
 * @param originalSize bytes before compression, at least 1
 * @param storedSize bytes in the pack
 * @param storedCrc32c CRC-32C (RFC 3720) of the stored bytes
 * @param contentHash hash of the original bytes
 */
public record StoredChunk(Codec codec, int originalSize, int storedSize, int storedCrc32c, ContentHash contentHash) {
    public StoredChunk {
        if (originalSize < 1 || storedSize < 1) {
            throw new IllegalArgumentException("chunk of " + originalSize + " bytes, stored in " + storedSize);
        }
    }
}
