package org.pgagent.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.MemoryObjectStore;

final class CountingObjectStoreTest {
    private static final ObjectKey KEY = new ObjectKey("main/a");

    @Test
    void counts_requests_and_bytes() throws IOException {
        try (CountingObjectStore store = new CountingObjectStore(new MemoryObjectStore())) {
            store.put(KEY, ByteBuffer.allocate(1000), WriteCondition.always());
            StoreCounts before = store.counts();
            try (MultipartUpload upload = store.startUpload(KEY)) {
                upload.uploadPart(1, ByteBuffer.allocate(500));
                upload.complete(WriteCondition.always());
            }
            store.startUpload(KEY).close();
            try (InputStream in = store.get(KEY, new ByteRange(0, 300))) {
                assertThat(in.read()).isZero();
                assertThat(in.readNBytes(99)).hasSize(99);
            }
            store.getSmall(KEY, 500);
            store.head(KEY);
            store.list("", ListDepth.ALL, Optional.empty());
            store.unfinishedUploads("");
            store.delete(List.of(KEY));

            assertThat(before.requestsTotal()).isEqualTo(1);
            assertThat(before.writtenBytes()).isEqualTo(1000);
            StoreCounts after = store.counts();
            assertThat(after.requests(StoreRequest.PUT)).isEqualTo(1);
            assertThat(after.requests(StoreRequest.START_UPLOAD)).isEqualTo(2);
            assertThat(after.requests(StoreRequest.ABORT_UPLOAD)).isEqualTo(1);
            assertThat(after.requests(StoreRequest.GET)).isEqualTo(2);
            assertThat(after.requestsTotal()).isEqualTo(12);
            assertThat(after.writtenBytes()).isEqualTo(1500);
            assertThat(after.readBytes()).isEqualTo(600);
        }
    }
}
