package org.pgagent.storage;

import java.time.Duration;

/**
 * How long to go on trying.
 *
 * @param attemptsMax how often one request is sent at most, the first time included
 * @param totalMax after this long since the first failure, no further try is begun
 * @param firstDelay the pause after the first failure; doubled after each further one
 * @param delayMax the longest pause
 */
public record RetryPolicy(int attemptsMax, Duration totalMax, Duration firstDelay, Duration delayMax) {
    /** Bridges a restart of the store or a short outage of the network. */
    public static final RetryPolicy DEFAULT =
            new RetryPolicy(8, Duration.ofMinutes(3), Duration.ofMillis(250), Duration.ofSeconds(20));

    public RetryPolicy {
        if (attemptsMax < 1 || totalMax.isNegative() || firstDelay.isNegative() || delayMax.compareTo(firstDelay) < 0) {
            throw new IllegalArgumentException("not a retry policy: attemptsMax=" + attemptsMax + " totalMax="
                    + totalMax + " firstDelay=" + firstDelay + " delayMax=" + delayMax);
        }
    }

    /** The pause after the {@code failures}-th failure, from 1, before chance is applied. */
    Duration delayAfter(int failures) {
        Duration delay = firstDelay;
        for (int i = 1; i < failures && delay.compareTo(delayMax) < 0; i++) {
            delay = delay.multipliedBy(2);
        }
        return delay.compareTo(delayMax) < 0 ? delay : delayMax;
    }
}
