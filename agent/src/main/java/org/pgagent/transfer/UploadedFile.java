package org.pgagent.transfer;

import java.util.List;
import java.util.OptionalInt;
import org.pgagent.repository.FileContent;

/**
 * What became of a file's content.
 *
 * @param crc32c CRC-32C of all its bytes; empty if not all of them were read
 * @param badPages block numbers, within the fork, of pages that failed their checksum twice
 * @param readBytes how much of the file was read
 * @param unexplained chunks that have changed although none of their pages says so, and were stored whole
 */
public record UploadedFile(
        FileContent content, OptionalInt crc32c, List<Long> badPages, long readBytes, int unexplained) {}
