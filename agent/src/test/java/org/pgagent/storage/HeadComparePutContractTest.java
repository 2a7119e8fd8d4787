package org.pgagent.storage;

import org.pgagent.kit.MemoryObjectStore;

/** Without the promises to writers at the same time, which this decorator cannot keep. */
final class HeadComparePutContractTest extends ListingContract {
    @Override
    protected ObjectStore openEmpty() {
        return new HeadComparePutObjectStore(new ConditionIgnoringStore(new MemoryObjectStore()));
    }
}
