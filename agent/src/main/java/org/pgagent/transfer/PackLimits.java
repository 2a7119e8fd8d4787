package org.pgagent.transfer;

import org.pgagent.storage.MultipartUpload;
import org.pgagent.storage.ObjectStore;

/**
 * How large packs and their parts are.
 *
 * @param partSizeBytes what is sent at once, at most
 * @param packSizeMaxBytes no chunk begins in a pack behind this; far below 10,000 parts
 */
public record PackLimits(int partSizeBytes, long packSizeMaxBytes) {
    public static final PackLimits DEFAULT = new PackLimits(8 << 20, 1L << 30);

    public PackLimits {
        if (partSizeBytes < MultipartUpload.PART_MIN_BYTES || partSizeBytes > ObjectStore.WRITE_MAX_BYTES) {
            throw new IllegalArgumentException("part size of " + partSizeBytes + " bytes");
        }
        if (packSizeMaxBytes < partSizeBytes
                || packSizeMaxBytes / partSizeBytes > MultipartUpload.PART_NUMBER_MAX / 2) {
            throw new IllegalArgumentException("pack size of " + packSizeMaxBytes + " bytes");
        }
    }
}
