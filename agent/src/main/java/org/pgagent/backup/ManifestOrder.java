package org.pgagent.backup;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.pgagent.repository.ManifestEntry;
import org.pgagent.repository.ManifestWriter;

/**
 * Puts entries into the manifest in the order of the scan, in whichever order they are ready: so the next backup can read this
 * manifest beside its own scan. Thread-safe.
 *
 * <p>Holds the entries that wait for one before them; whoever reserves places bounds how many these are.
 */
final class ManifestOrder {
    private final ManifestWriter manifest;
    private final Map<Long, Ready> ready = new HashMap<>();
    private long reserved;
    private long written;

    private record Ready(Optional<ManifestEntry> entry, Runnable written) {}

    ManifestOrder(ManifestWriter manifest) {
        this.manifest = manifest;
    }

    /** Reserves the next place. Nothing after it is written until it is filled. */
    synchronized long reserve() {
        return reserved++;
    }

    /**
     * Fills a place.
     *
     * @param entry empty if what should have come here is gone
     * @param whenWritten called once the place is behind us
     */
    synchronized void fill(long place, Optional<ManifestEntry> entry, Runnable whenWritten) throws IOException {
        ready.put(place, new Ready(entry, whenWritten));
        for (Ready next = ready.remove(written); next != null; next = ready.remove(written)) {
            if (next.entry().isPresent()) {
                manifest.write(next.entry().get());
            }
            next.written().run();
            written++;
        }
    }

    /** Makes sure that nothing waits any more: what comes after a place that was never filled would not be in the manifest. */
    synchronized void requireAllWritten() {
        if (written != reserved) {
            throw new IllegalStateException(
                    "place " + written + " of " + reserved + " in the manifest was never filled");
        }
    }
}
