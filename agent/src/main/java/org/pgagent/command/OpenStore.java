package org.pgagent.command;

import java.util.function.Supplier;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.StoreCounts;

/**
 * A store and what was asked of it so far. Closing this closes the store.
 *
 * @param counts counts the requests that were really sent, those sent again included
 */
public record OpenStore(ObjectStore store, Supplier<StoreCounts> counts) implements AutoCloseable {
    @Override
    public void close() {
        store.close();
    }
}
