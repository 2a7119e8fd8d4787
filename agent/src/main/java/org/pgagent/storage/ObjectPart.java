package org.pgagent.storage;

/**
 * Some bytes of an object that is never replaced.
 *
 * @param crc32c their CRC-32C
 */
public record ObjectPart(ObjectKey key, ByteRange range, int crc32c) {}
