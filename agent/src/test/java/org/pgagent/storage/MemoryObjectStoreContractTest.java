package org.pgagent.storage;

import org.pgagent.kit.MemoryObjectStore;

final class MemoryObjectStoreContractTest extends ObjectStoreContract {
    @Override
    protected ObjectStore openEmpty() {
        return new MemoryObjectStore();
    }
}
