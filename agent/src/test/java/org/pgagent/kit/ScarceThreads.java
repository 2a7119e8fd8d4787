package org.pgagent.kit;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes threads as long as there may be more, and then fails as on a machine that has no room for one. Thread-safe. */
public final class ScarceThreads implements ThreadFactory {
    private final String name;
    private final AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
    private final List<Thread> made = new CopyOnWriteArrayList<>();

    /** @param name of each thread */
    public ScarceThreads(String name) {
        this.name = name;
    }

    /** From now on so many may be made. */
    public void allow(int count) {
        left.set(count);
    }

    /** As many as wanted may be made again. */
    public void allowAny() {
        allow(Integer.MAX_VALUE);
    }

    /** Those that were made. */
    public List<Thread> made() {
        return made;
    }

    @Override
    public Thread newThread(Runnable work) {
        if (left.getAndDecrement() <= 0) {
            throw new OutOfMemoryError("a test makes no thread");
        }
        Thread thread = new Thread(work, name);
        made.add(thread);
        return thread;
    }
}
