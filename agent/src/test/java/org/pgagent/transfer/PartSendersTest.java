package org.pgagent.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class PartSendersTest {
    private static final int OBJECTS = 8;
    private static final int PART_BYTES = 100;

    private final Set<ByteBuffer> seen =
            Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

    /** As a writer does: it waits for the part before, hands over the next, and takes another buffer. */
    private Void write(PartSenders senders, int parts) throws Exception {
        Future<?> before = null;
        for (int part = 0; part < parts; part++) {
            ByteBuffer buffer = senders.take();
            seen.add(buffer);
            assertThat(buffer.remaining()).isEqualTo(PART_BYTES);
            buffer.putInt(part).flip();
            if (before != null) {
                before.get();
            }
            int expected = part;
            before = senders.send(buffer, () -> {
                assertThat(buffer.getInt()).isEqualTo(expected);
                return null;
            });
        }
        before.get();
        return null;
    }

    @Test
    void as_many_as_were_told_write_at_once_with_hardly_more_buffers_than_that() throws Exception {
        ExecutorService writers = Executors.newFixedThreadPool(OBJECTS);
        try (PartSenders senders = new PartSenders(OBJECTS, PART_BYTES)) {
            List<Future<Void>> all = new ArrayList<>();
            for (int i = 0; i < OBJECTS; i++) {
                all.add(writers.submit(() -> write(senders, 500)));
            }
            for (Future<Void> one : all) {
                one.get(1, TimeUnit.MINUTES);
            }
            assertThat(seen).hasSizeLessThanOrEqualTo(OBJECTS + 2);
        } finally {
            writers.shutdownNow();
        }
    }

    @Test
    void a_part_that_cannot_be_sent_gives_its_buffer_back() throws Exception {
        try (PartSenders senders = new PartSenders(1, PART_BYTES)) {
            for (int i = 0; i < 10; i++) {
                Future<?> sent = senders.send(senders.take(), () -> {
                    throw new IOException("the store is gone");
                });
                assertThatThrownBy(sent::get)
                        .isInstanceOf(ExecutionException.class)
                        .hasRootCauseMessage("the store is gone");
            }
        }
    }
}
