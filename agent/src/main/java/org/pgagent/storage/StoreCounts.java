package org.pgagent.storage;

import java.util.Map;

/**
 * How much was asked of a store.
 *
 * @param requests how many requests of each kind were sent, those that failed included
 * @param writtenBytes how many bytes of content were handed over, those of failed requests included
 * @param readBytes how many bytes of content were received
 */
public record StoreCounts(Map<StoreRequest, Long> requests, long writtenBytes, long readBytes) {
    public StoreCounts {
        requests = Map.copyOf(requests);
    }

    /** How many requests of one kind were sent. */
    public long requests(StoreRequest kind) {
        return requests.getOrDefault(kind, 0L);
    }

    /** How many requests were sent. */
    public long requestsTotal() {
        return requests.values().stream().mapToLong(Long::longValue).sum();
    }
}
