package org.pgagent.kit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waiting for a condition, with a deadline. */
public final class Await {
    private static final long PAUSE_NANOS = Duration.ofMillis(10).toNanos();

    private Await() {}

    /** Something that becomes true. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws Exception;
    }

    /** Returns as soon as the condition holds; fails with {@code what} when it does not within the limit. */
    public static void until(String what, Duration limit, Condition condition) {
        long end = System.nanoTime() + limit.toNanos();
        while (!holds(what, condition)) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("not within " + limit.toSeconds() + " s: " + what);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static boolean holds(String what, Condition condition) {
        try {
            return condition.holds();
        } catch (Exception e) {
            throw new AssertionError("while waiting for: " + what, e);
        }
    }
}
