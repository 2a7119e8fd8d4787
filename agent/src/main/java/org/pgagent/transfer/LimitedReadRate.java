package org.pgagent.transfer;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * So many bytes a second and no more, by a bucket of tokens that has room for a tenth of a second. Who has read more waits, in
 * short pieces, so that a wait can be ended.
 */
public final class LimitedReadRate implements ReadRate {
    private static final int BURSTS_A_SECOND = 10;
    /** The bucket takes no more than a token a nanosecond. */
    private static final long TOKENS_MAX = 500_000_000;

    private final Bucket bucket;
    private final long burstBytes;
    private final long bytesPerToken;
    private final PassingTime time;
    private final AtomicBoolean ended = new AtomicBoolean();

    public LimitedReadRate(long bytesPerSecond, PassingTime time) {
        this.time = time;
        this.bytesPerToken = 1 + bytesPerSecond / TOKENS_MAX;
        this.burstBytes = Math.max(bytesPerToken, bytesPerSecond / BURSTS_A_SECOND);
        this.bucket = Bucket.builder()
                .addLimit(limit ->
                        limit.capacity(tokens(burstBytes)).refillGreedy(tokens(bytesPerSecond), Duration.ofSeconds(1)))
                .withCustomTimePrecision(new Nanos(time))
                .build();
    }

    private record Nanos(PassingTime time) implements TimeMeter {
        @Override
        public long currentTimeNanos() {
            return time.nanos();
        }

        @Override
        public boolean isWallClockBased() {
            return false;
        }
    }

    private long tokens(long bytes) {
        return (bytes + bytesPerToken - 1) / bytesPerToken;
    }

    @Override
    public void read(long bytes) throws IOException {
        for (long left = bytes; left > 0; left -= burstBytes) {
            requireGoingOn();
            Duration wait = Duration.ofNanos(bucket.consumeIgnoringRateLimits(tokens(Math.min(left, burstBytes))));
            if (!wait.isZero()) {
                time.pause(wait);
            }
        }
        requireGoingOn();
    }

    /** Ends the waits of all workers, whose reading fails from now on. */
    public void end() {
        ended.set(true);
    }

    private void requireGoingOn() throws PgAgentException {
        if (ended.get()) {
            throw new PgAgentException(
                    ErrorKind.INTERRUPTED, "the backup was given up", "See above for the reason, and take it again.");
        }
    }
}
