package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.storage.FileObjectStore;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

final class AbandonedUploadsTest {
    private static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));
    private static final ClusterKeys OTHERS = new ClusterKeys(new ClusterName("other"));
    private static final String SEGMENT = "000000010000000000000001";

    @TempDir
    private Path directory;

    @Test
    void what_is_older_than_a_day_goes_and_what_may_be_under_way_stays() throws IOException {
        try (ObjectStore store = FileObjectStore.open(directory, new SplittableRandom())) {
            store.put(KEYS.walFile(SEGMENT), ByteBuffer.allocate(10), WriteCondition.ifAbsent());
            store.startUpload(KEYS.walFile(SEGMENT)).uploadPart(1, ByteBuffer.allocate(10));
            store.startUpload(OTHERS.walFile(SEGMENT)).uploadPart(1, ByteBuffer.allocate(10));
            Path folder = directory.resolve(KEYS.walFile(SEGMENT).value()).getParent();
            Path left = Files.writeString(folder.resolve(".tmp-0123456789abcdef0123456789abcdef"), "half of a segment");

            new AbandonedUploads(store, KEYS, Clock.offset(Clock.systemUTC(), Duration.ofHours(23))).abort();
            assertThat(store.unfinishedUploads(KEYS.walPrefix())).hasSize(2);

            new AbandonedUploads(store, KEYS, Clock.offset(Clock.systemUTC(), Duration.ofHours(25))).abort();
            assertThat(store.unfinishedUploads(KEYS.walPrefix())).isEmpty();
            assertThat(left).doesNotExist();
            assertThat(store.unfinishedUploads(OTHERS.walPrefix())).hasSize(1);
            assertThat(store.head(KEYS.walFile(SEGMENT))).isPresent();
        }
    }
}
