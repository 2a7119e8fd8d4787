package org.pgagent.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/** A store to ask, and short ways to ask it. */
abstract class StoreFixture {
    static final ObjectKey KEY = new ObjectKey("main/cluster.json");
    static final int WRITERS = 8;

    private ObjectStore store;

    /** The store of this test. */
    final ObjectStore store() {
        return store;
    }

    /** A store that has nothing in it. */
    protected abstract ObjectStore openEmpty() throws IOException;

    @BeforeEach
    final void open() throws IOException {
        store = openEmpty();
    }

    @AfterEach
    final void close() {
        store.close();
    }

    static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(length).nextBytes(bytes);
        return bytes;
    }

    static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    final ObjectInfo putText(String key, String text) throws IOException {
        return store.put(new ObjectKey(key), text(text), WriteCondition.always());
    }

    final byte[] read(ObjectKey key, long start, long end) throws IOException {
        try (InputStream in = store.get(key, new ByteRange(start, end))) {
            return in.readAllBytes();
        }
    }

    final String readText(ObjectKey key) throws IOException {
        return new String(store.getSmall(key, 1 << 20).bytes(), UTF_8);
    }

    static ErrorKind kindOf(Callable<?> failing) {
        try {
            failing.call();
        } catch (PgAgentException e) {
            assertThat(e.hint()).isNotBlank();
            return e.kind();
        } catch (Exception e) {
            throw new AssertionError("not a failure of the world", e);
        }
        throw new AssertionError("did not fail");
    }

    /** The results of as many calls at once as there are writers. */
    static <T> List<T> together(Callable<T> call) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> done : threads.invokeAll(java.util.Collections.nCopies(WRITERS, call))) {
                results.add(done.get());
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }

    final List<String> listed(String prefix) throws IOException {
        List<String> keys = new ArrayList<>();
        Optional<String> from = Optional.empty();
        do {
            ObjectListing page = store.list(prefix, ListDepth.ALL, from);
            page.objects().forEach(info -> keys.add(info.key().value()));
            assertThat(page.folders()).isEmpty();
            from = page.next();
        } while (from.isPresent());
        return keys;
    }

    final List<String> level(String prefix) throws IOException {
        List<String> names = new ArrayList<>();
        Optional<String> from = Optional.empty();
        do {
            ObjectListing page = store.list(prefix, ListDepth.FOLDER, from);
            page.objects().forEach(info -> names.add(info.key().value()));
            page.folders().forEach(folder -> names.add(folder.value() + "/"));
            from = page.next();
        } while (from.isPresent());
        names.sort(null);
        return names;
    }

    final Optional<String> written(ObjectKey key, String text, WriteCondition condition) throws IOException {
        while (true) {
            try {
                store.put(key, text(text), condition);
                return Optional.of(text);
            } catch (ObjectChangedException e) {
                return Optional.empty();
            } catch (PgAgentException e) {
                if (!e.kind().worthRetrying()) {
                    throw e;
                }
            }
        }
    }
}
