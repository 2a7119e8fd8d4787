package org.pgagent.storage;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides after a failure whether and when to try again. Thread-safe if {@code random} is. */
public final class Retries {
    private static final Logger LOG = LoggerFactory.getLogger(Retries.class);

    /** A wire that flips a bit in each of so many answers is less likely than an object that is damaged in the store. */
    private static final int MISMATCHES_MAX = 3;

    private final RetryPolicy policy;
    private final Clock clock;
    private final RandomGenerator random;
    private final Sleeper sleeper;

    public Retries(RetryPolicy policy, Clock clock, RandomGenerator random, Sleeper sleeper) {
        this.policy = policy;
        this.clock = clock;
        this.random = random;
        this.sleeper = sleeper;
    }

    /** A fresh budget for one request, which log lines and messages call {@code request}. */
    Budget begin(String request) {
        return new Budget(request);
    }

    /** What one request may still cost. Used by one thread. */
    final class Budget {
        private final String request;
        private int failures;
        private int mismatches;
        private Optional<Instant> failingSince = Optional.empty();

        private Budget(String request) {
            this.request = request;
        }

        /** Whether an earlier try failed, so that nobody knows whether it took place. */
        boolean hasFailed() {
            return failures > 0;
        }

        /** Something was achieved: the time begins anew with the next failure, the number of tries does not. */
        void progressed() {
            failingSince = Optional.empty();
        }

        /** Waits until the next try; throws the failure when it is not worth retrying or the budget is spent. */
        void afterFailure(PgAgentException failure) throws PgAgentException {
            if (!failure.kind().worthRetrying()) {
                throw failure;
            }
            failures++;
            if (failure instanceof ContentMismatchException mismatch && ++mismatches == MISMATCHES_MAX) {
                throw mismatch.inTheStore(mismatches);
            }
            Instant now = clock.instant();
            Instant since = failingSince.orElse(now);
            failingSince = Optional.of(since);
            Duration delay = withChance(policy.delayAfter(failures));
            if (failures >= policy.attemptsMax() || now.plus(delay).isAfter(since.plus(policy.totalMax()))) {
                throw spent(failure, Duration.between(since, now));
            }
            LOG.warn(
                    "store request failed, trying again request='{}' failures={} of={} delay={} reason='{}'",
                    request,
                    failures,
                    policy.attemptsMax(),
                    delay,
                    failure.getMessage());
            try {
                sleeper.sleep(delay);
            } catch (PgAgentException e) {
                e.addSuppressed(failure);
                throw e;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                PgAgentException interrupted = new PgAgentException(
                        ErrorKind.INTERRUPTED,
                        request + " was interrupted while it waited for the next try",
                        "Run the command again.",
                        failure);
                interrupted.addSuppressed(e);
                throw interrupted;
            }
        }

        private PgAgentException spent(PgAgentException failure, Duration elapsed) {
            if (failures == 1) {
                return failure;
            }
            return new PgAgentException(
                    failure.kind(),
                    failure.getMessage() + " (tried " + failures + " times in " + elapsed.toSeconds() + " s)",
                    failure.hint(),
                    failure);
        }

        /** Between half of it and all of it, so that many clients do not come back at the same moment. */
        private Duration withChance(Duration delay) {
            long millis = delay.toMillis();
            return Duration.ofMillis(millis - (long) (random.nextDouble() * (millis / 2.0)));
        }
    }
}
