package org.pgagent.repository;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.PriorityQueue;

/**
 * Which log files of the server the repository keeps; one goes only if no rule keeps it. Without any rule all stay.
 *
 * @param files the newest so many, by the time of their last change
 * @param age what was changed since so long ago
 */
public record ServerLogPolicy(OptionalInt files, Optional<Duration> age) {
    public static final ServerLogPolicy EVERY_FILE = new ServerLogPolicy(OptionalInt.empty(), Optional.empty());

    public ServerLogPolicy {
        if (files.isPresent() && files.getAsInt() < 1) {
            throw new IllegalArgumentException("at least one log file has to be kept");
        }
    }

    public boolean keepsEverything() {
        return files.isEmpty() && age.isEmpty();
    }

    /** Finds the moment since which files are kept; not thread-safe. */
    public Moment moment() {
        return new Moment();
    }

    /** Sees the time of each file's last change, and remembers no more of them than files are to be kept. */
    public final class Moment {
        private final PriorityQueue<Long> newest = new PriorityQueue<>();

        private Moment() {}

        public void see(long modifiedMillis) {
            if (files.isPresent()) {
                newest.add(modifiedMillis);
                if (newest.size() > files.getAsInt()) {
                    newest.remove();
                }
            }
        }

        /** What was changed at this time or later stays, in milliseconds since 1970. */
        public long millis(Instant now) {
            long byAge = age.map(kept -> now.minus(kept).toEpochMilli()).orElse(Long.MAX_VALUE);
            long byCount = Long.MAX_VALUE;
            if (files.isPresent()) {
                byCount = newest.size() < files.getAsInt() ? Long.MIN_VALUE : newest.element();
            }
            return keepsEverything() ? Long.MIN_VALUE : Math.min(byAge, byCount);
        }
    }
}
