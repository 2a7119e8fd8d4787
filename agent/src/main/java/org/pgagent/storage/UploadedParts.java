package org.pgagent.storage;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The parts that a {@link MultipartUpload} has taken in so far: holds every implementation to the same rules. Thread-safe.
 */
public final class UploadedParts {
    private final ConcurrentSkipListMap<Integer, Long> sizeByNumber = new ConcurrentSkipListMap<>();

    /**
     * Refuses a part that no store would take.
     *
     * @throws IllegalArgumentException if the number is out of range
     */
    public static void requireNumber(int partNumber) {
        if (partNumber < 1 || partNumber > MultipartUpload.PART_NUMBER_MAX) {
            throw new IllegalArgumentException(
                    "part number " + partNumber + " is not within 1 and " + MultipartUpload.PART_NUMBER_MAX);
        }
    }

    /** Remembers a part that has arrived. */
    public void arrived(int partNumber, long sizeBytes) {
        requireNumber(partNumber);
        sizeByNumber.put(partNumber, sizeBytes);
    }

    /** How many parts there are. */
    public int count() {
        return sizeByNumber.size();
    }

    /** The size of the object that the parts make, in bytes. */
    public long totalBytes() {
        return sizeByNumber.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * Refuses parts that do not make an object.
     *
     * @throws IllegalStateException without parts, with a gap, or with a part that is too small before the last
     */
    public void requireWhole() {
        if (sizeByNumber.isEmpty()) {
            throw new IllegalStateException("an upload without parts cannot be completed");
        }
        int last = sizeByNumber.lastKey();
        if (last != sizeByNumber.size()) {
            throw new IllegalStateException("parts up to " + last + " but only " + sizeByNumber.size() + " of them");
        }
        for (Map.Entry<Integer, Long> part : sizeByNumber.headMap(last).entrySet()) {
            if (part.getValue() < MultipartUpload.PART_MIN_BYTES) {
                throw new IllegalStateException("part " + part.getKey() + " has only " + part.getValue() + " bytes");
            }
        }
    }
}
