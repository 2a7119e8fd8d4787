package org.pgagent.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.kit.Await;

/** Several processes on one directory, and one that is killed. */
final class FileObjectStoreProcessTest {
    private static final ObjectKey COUNTER = new ObjectKey("main/counter");
    private static final int INCREMENTS = 100;
    private static final int OBJECT_SIZE = 1 << 20;

    @TempDir
    Path root;

    /** What the other processes do. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] arguments) throws IOException {
            try (FileObjectStore store = FileObjectStore.open(Path.of(arguments[0]), new SecureRandom())) {
                if (arguments[1].equals("count")) {
                    count(store);
                } else {
                    writeOn(store);
                }
            }
        }

        private static void count(FileObjectStore store) throws IOException {
            int done = 0;
            while (done < INCREMENTS) {
                ObjectContent before = store.getSmall(COUNTER, 10);
                int next = Integer.parseInt(new String(before.bytes(), UTF_8)) + 1;
                try {
                    store.put(COUNTER, bytes(next), WriteCondition.ifUnchanged(before.etag()));
                    done++;
                } catch (ObjectChangedException e) {
                    Thread.onSpinWait(); // the other one was quicker
                }
            }
        }

        private static void writeOn(FileObjectStore store) throws IOException {
            byte[] content = new byte[OBJECT_SIZE];
            for (int i = 0; i < 1_000_000; i++) {
                Arrays.fill(content, (byte) i);
                store.put(new ObjectKey("main/" + i), ByteBuffer.wrap(content), WriteCondition.ifAbsent());
                store.put(new ObjectKey("main/last"), ByteBuffer.wrap(content), WriteCondition.always());
            }
        }
    }

    private static ByteBuffer bytes(int number) {
        return ByteBuffer.wrap(Integer.toString(number).getBytes(UTF_8));
    }

    private Process start(String task) throws IOException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classPath,
                        Writer.class.getName(),
                        root.toString(),
                        task)
                .inheritIO()
                .start();
    }

    @Test
    void no_update_is_lost_between_processes() throws Exception {
        int processes = 3;
        try (FileObjectStore store = FileObjectStore.open(root, new SecureRandom())) {
            store.put(COUNTER, bytes(0), WriteCondition.ifAbsent());
            List<Process> counting = new ArrayList<>();
            for (int i = 0; i < processes; i++) {
                counting.add(start("count"));
            }
            for (Process process : counting) {
                assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
                assertThat(process.exitValue()).isZero();
            }

            assertThat(new String(store.getSmall(COUNTER, 10).bytes(), UTF_8))
                    .isEqualTo(Integer.toString(processes * INCREMENTS));
        }
    }

    @Test
    void a_killed_writer_leaves_whole_objects_and_findable_garbage() throws Exception {
        Process process = start("write");
        try (FileObjectStore store = FileObjectStore.open(root, new SecureRandom())) {
            Await.until(
                    "a few objects are written",
                    Duration.ofSeconds(60),
                    () -> objects(store).size() > 5);
            process.destroyForcibly().waitFor();

            for (ObjectInfo info : objects(store)) {
                byte[] content = store.getSmall(info.key(), OBJECT_SIZE).bytes();
                assertThat(content).hasSize(OBJECT_SIZE).containsOnly(content[0]);
            }
            for (UnfinishedUpload garbage : store.unfinishedUploads("")) {
                store.abort(garbage);
            }
            assertThat(root.resolve("main").toFile().list((folder, name) -> name.startsWith(".tmp-")))
                    .isEmpty();
        }
    }

    private static List<ObjectInfo> objects(FileObjectStore store) throws IOException {
        return store.list("", ListDepth.ALL, Optional.empty()).objects();
    }
}
