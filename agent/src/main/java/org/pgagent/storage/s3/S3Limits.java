package org.pgagent.storage.s3;

import java.time.Duration;

/**
 * What bounds every request.
 *
 * @param connectMax how long connecting may take, the TLS handshake apart
 * @param silenceMax how long the store may send nothing while we wait for it; also bounds the wait for a free connection
 * @param requestMax how long one request may take until its answer begins, and then once more until the answer's
 *     content is there; content adds time at {@link #FLOOR_BYTES_PER_SECOND}
 * @param connectionsMax how many connections may be open at once
 */
public record S3Limits(Duration connectMax, Duration silenceMax, Duration requestMax, int connectionsMax) {
    /** The slowest transfer that is not given up, in bytes per second. */
    static final long FLOOR_BYTES_PER_SECOND = 128 << 10;

    /** For a store within reach of a usual network. */
    public static final S3Limits DEFAULT =
            new S3Limits(Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofSeconds(120), 64);

    public S3Limits {
        if (!isPositive(connectMax) || !isPositive(silenceMax) || !isPositive(requestMax) || connectionsMax < 1) {
            throw new IllegalArgumentException("not limits: connectMax=" + connectMax + " silenceMax=" + silenceMax
                    + " requestMax=" + requestMax + " connectionsMax=" + connectionsMax);
        }
    }

    private static boolean isPositive(Duration duration) {
        return !duration.isNegative() && !duration.isZero();
    }

    /** How long so many bytes may take, in a request or in an answer. */
    Duration requestMax(long contentBytes) {
        return requestMax.plusSeconds(contentBytes / FLOOR_BYTES_PER_SECOND);
    }
}
