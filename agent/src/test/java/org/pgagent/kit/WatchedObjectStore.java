package org.pgagent.kit;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.pgagent.storage.ObjectStore;

/**
 * A store in front of another one, in which a test decides what happens at each call. One call takes place at a time, whatever
 * threads make them.
 */
public final class WatchedObjectStore {
    private static final Set<String> NO_CALLS = Set.of("describe", "identity", "close");

    private WatchedObjectStore() {}

    /** A call of the other store, that has not taken place yet. */
    @FunctionalInterface
    public interface Call {
        Object make() throws Throwable;
    }

    /** Decides what happens. */
    @FunctionalInterface
    public interface Watch {
        /**
         * Makes the call, or not.
         *
         * @param number of the call, from 0
         */
        Object call(int number, Call call) throws Throwable;
    }

    public static ObjectStore of(ObjectStore store, Watch watch) {
        AtomicInteger calls = new AtomicInteger();
        return (ObjectStore) Proxy.newProxyInstance(
                ObjectStore.class.getClassLoader(), new Class<?>[] {ObjectStore.class}, (proxy, method, arguments) -> {
                    if (method.isDefault()) {
                        return InvocationHandler.invokeDefault(proxy, method, arguments);
                    }
                    Call call = () -> {
                        try {
                            return method.invoke(store, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    };
                    if (NO_CALLS.contains(method.getName())) {
                        return call.make();
                    }
                    synchronized (calls) {
                        return watch.call(calls.getAndIncrement(), call);
                    }
                });
    }
}
