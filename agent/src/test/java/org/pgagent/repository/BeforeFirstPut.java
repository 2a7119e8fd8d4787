package org.pgagent.repository;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.pgagent.storage.ForwardingObjectStore;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/** A store in front of which somebody else is quicker, once: when the first put is asked for. For one thread. */
final class BeforeFirstPut extends ForwardingObjectStore {
    private final Action somebodyElse;
    private boolean done;

    /** What somebody else does. */
    @FunctionalInterface
    interface Action {
        void run() throws IOException;
    }

    BeforeFirstPut(ObjectStore store, Action somebodyElse) {
        super(store);
        this.somebodyElse = somebodyElse;
    }

    @Override
    public ObjectInfo put(ObjectKey key, ByteBuffer content, WriteCondition condition) throws IOException {
        if (!done) {
            done = true;
            somebodyElse.run();
        }
        return super.put(key, content, condition);
    }
}
