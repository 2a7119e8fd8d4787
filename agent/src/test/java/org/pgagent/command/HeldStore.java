package org.pgagent.command;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;

/** A store whose requests for some objects wait until they are let go, and that is of no use once it is closed. */
final class HeldStore implements InvocationHandler {
    private static final int LIMIT_SECONDS = 20;

    private final ObjectStore inner;
    private final Predicate<String> held;
    private final CountDownLatch release = new CountDownLatch(1);
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile boolean closed;

    /** @param held which keys' requests wait */
    HeldStore(ObjectStore inner, Predicate<String> held) {
        this.inner = inner;
        this.held = held;
    }

    ObjectStore store() {
        return (ObjectStore)
                Proxy.newProxyInstance(ObjectStore.class.getClassLoader(), new Class<?>[] {ObjectStore.class}, this);
    }

    /** How many requests wait. */
    int waiting() {
        return waiting.get();
    }

    boolean hasBeenAskedFor(String name) {
        return asked.stream().anyMatch(key -> key.contains(name));
    }

    boolean isClosed() {
        return closed;
    }

    void release() {
        release.countDown();
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        if (method.getName().equals("close")) {
            closed = true;
            return null;
        }
        if (arguments != null && arguments.length > 0 && arguments[0] instanceof ObjectKey key) {
            asked.add(key.value());
            if (held.test(key.value())) {
                hold();
            }
        }
        if (closed) {
            throw new IllegalStateException("a request to a store that is closed: " + method.getName());
        }
        try {
            return method.invoke(inner, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private void hold() throws InterruptedException {
        waiting.incrementAndGet();
        try {
            if (!release.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("nobody let the requests go");
            }
        } finally {
            waiting.decrementAndGet();
        }
    }
}
