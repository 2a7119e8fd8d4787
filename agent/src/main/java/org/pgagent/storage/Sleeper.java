package org.pgagent.storage;

import java.time.Duration;

/** Passes time; {@code Thread::sleep} in earnest, a note in tests. */
@FunctionalInterface
public interface Sleeper {
    /** Sleeps with {@link Thread#sleep(long)}. */
    Sleeper SYSTEM = duration -> Thread.sleep(duration.toMillis());

    void sleep(Duration duration) throws InterruptedException;
}
