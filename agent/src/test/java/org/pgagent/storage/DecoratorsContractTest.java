package org.pgagent.storage;

import java.time.Clock;
import java.util.Random;
import org.pgagent.kit.MemoryObjectStore;

/** The decorators change nothing while nothing fails. */
final class DecoratorsContractTest extends ObjectStoreContract {
    @Override
    protected ObjectStore openEmpty() {
        Retries retries = new Retries(RetryPolicy.DEFAULT, Clock.systemUTC(), new Random(1), duration -> {
            throw new AssertionError("nothing failed, so nothing is tried again");
        });
        return new RetryingObjectStore(new CountingObjectStore(new MemoryObjectStore()), retries);
    }
}
