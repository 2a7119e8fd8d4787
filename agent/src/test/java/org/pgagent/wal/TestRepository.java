package org.pgagent.wal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.storage.CountingObjectStore;
import org.pgagent.storage.FileObjectStore;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectListing;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/** A store that counts, and a look behind its curtain. */
final class TestRepository {
    private final ObjectStore inner;
    private final CountingObjectStore counted;

    private TestRepository(ObjectStore inner) {
        this.inner = inner;
        this.counted = new CountingObjectStore(inner);
    }

    static TestRepository inMemory() {
        return new TestRepository(new MemoryObjectStore());
    }

    static TestRepository inDirectory(Path directory) throws IOException {
        return new TestRepository(FileObjectStore.open(directory, new SplittableRandom()));
    }

    ObjectStore store() {
        return counted;
    }

    /** How many requests were sent through {@link #store}. */
    long requests() {
        return counted.counts().requestsTotal();
    }

    List<String> keys() throws IOException {
        List<String> keys = new ArrayList<>();
        Optional<String> page = Optional.empty();
        do {
            ObjectListing listing = inner.list("", ListDepth.ALL, page);
            listing.objects().forEach(object -> keys.add(object.key().value()));
            page = listing.next();
        } while (page.isPresent());
        return keys;
    }

    byte[] bytes(String key) throws IOException {
        return inner.getSmall(new ObjectKey(key), 1 << 30).bytes();
    }

    void overwrite(String key, byte[] bytes) throws IOException {
        inner.put(new ObjectKey(key), ByteBuffer.wrap(bytes), WriteCondition.always());
    }

    void delete(String key) throws IOException {
        inner.delete(List.of(new ObjectKey(key)));
    }

    /** Fails if a stream or an upload was left open. */
    void requireTidy() throws IOException {
        if (!inner.unfinishedUploads("").isEmpty()) {
            throw new AssertionError("left behind: " + inner.unfinishedUploads(""));
        }
        inner.close();
    }
}
