package org.pgagent.transfer;

/**
 * What a download may use at once.
 *
 * @param jobs parallel GETs
 * @param bytesPerGetMax stored bytes of one GET, but for a single chunk that is larger
 * @param piecesPerGetMax pieces of files in one GET: bounds the memory when files are tiny, or have many overlays
 * @param gapMaxBytes unwanted bytes that are read rather than left out with a GET of their own
 * @param packsOpenMax packs for which GETs are being put together
 */
public record DownloadLimits(int jobs, long bytesPerGetMax, int piecesPerGetMax, int gapMaxBytes, int packsOpenMax) {
    private static final long BYTES_PER_GET_LEAST = 8L << 20;
    private static final long BYTES_PER_GET_MOST = 64L << 20;
    private static final int GETS_PER_JOB = 8;

    public DownloadLimits {
        if (jobs < 1 || bytesPerGetMax < 1 || piecesPerGetMax < 1 || gapMaxBytes < 0 || packsOpenMax < 1) {
            throw new IllegalArgumentException("download limits: " + jobs + " jobs, " + bytesPerGetMax + " bytes and "
                    + piecesPerGetMax + " pieces a GET, gaps of " + gapMaxBytes + " bytes, " + packsOpenMax + " packs");
        }
    }

    /** Limits that keep all jobs busy to the end, with few GETs, when so many stored bytes are to be fetched. */
    public static DownloadLimits of(int jobs, long storedBytes) {
        long share = storedBytes / ((long) jobs * GETS_PER_JOB);
        long bytesPerGet = Math.max(BYTES_PER_GET_LEAST, Math.min(BYTES_PER_GET_MOST, share));
        return new DownloadLimits(jobs, bytesPerGet, 8192, 256 << 10, 16);
    }

    /** Pieces that may wait in all the GETs being put together. */
    int piecesHeldMax() {
        return 2 * piecesPerGetMax;
    }
}
