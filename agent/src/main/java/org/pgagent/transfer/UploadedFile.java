package org.pgagent.transfer;

import java.util.List;
import org.pgagent.repository.Extent;

/**
 * What became of a file's content.
 *
 * @param size bytes that were read
 * @param crc32c CRC-32C of all of them
 * @param badPages block numbers, within the fork, of pages that failed their checksum twice
 */
public record UploadedFile(long size, int crc32c, List<Extent> content, List<Long> badPages) {}
