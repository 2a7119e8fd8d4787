package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.Await;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.ControlFileReader;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.Lsn;
import org.pgagent.repository.BackupId;
import org.pgagent.storage.ForwardingObjectStore;
import org.pgagent.storage.MultipartUpload;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/** The control file of a backup is read when all else is copied, and never while it is being written (case 26). */
final class ControlFileIT extends TakenBackups {
    private interface Happening {
        void now() throws IOException;
    }

    /** A store in which something happens before the first byte of a backup's content is stored. */
    private static ObjectStore beforeTheFirstPack(Happening happening) {
        AtomicBoolean happened = new AtomicBoolean();
        return new ForwardingObjectStore(store) {
            private void happen(ObjectKey key) throws IOException {
                if (key.value().endsWith(".pack") && happened.compareAndSet(false, true)) {
                    happening.now();
                }
            }

            @Override
            public ObjectInfo put(ObjectKey key, ByteBuffer content, WriteCondition condition) throws IOException {
                happen(key);
                return super.put(key, content, condition);
            }

            @Override
            public MultipartUpload startUpload(ObjectKey key) throws IOException {
                happen(key);
                return super.startUpload(key);
            }
        };
    }

    private static byte[] storedControlFile(BackupId id) {
        return StoredBackup.read(store, KEYS, id).content(DataPath.of("global/pg_control"));
    }

    @Test
    void the_control_file_is_read_after_what_was_written_while_files_were_copied() throws IOException {
        StringBuilder checkpoint = new StringBuilder();
        ObjectStore through = beforeTheFirstPack(() -> {
            cluster.sql("CHECKPOINT");
            checkpoint.append(cluster.value("SELECT checkpoint_lsn FROM pg_control_checkpoint()"));
        });

        BackupId id = take(through).orElseThrow().record().id();

        assertThat(ControlFile.parse(storedControlFile(id)).checkpoint().location())
                .isGreaterThanOrEqualTo(Lsn.parse(checkpoint.toString()));
    }

    /** A byte of the file is another one until somebody has read that. */
    @Test
    void a_control_file_that_is_being_written_is_read_again() throws Exception {
        Path file = cluster.dataDirectory().resolve("global/pg_control");
        CompletableFuture<byte[]> whole = new CompletableFuture<>();
        FutureTask<Void> writer = new FutureTask<>(() -> {
            Await.until("the backup has read it", Duration.ofSeconds(60), ControlFileIT::waitsForTheWriter);
            Files.write(file, whole.get(), StandardOpenOption.WRITE);
            return null;
        });
        ObjectStore through = beforeTheFirstPack(() -> {
            byte[] bytes = Files.readAllBytes(file);
            whole.complete(bytes.clone());
            bytes[100] ^= 1;
            assertThatThrownBy(() -> ControlFile.parse(bytes)).isInstanceOf(PgAgentException.class);
            Files.write(file, bytes, StandardOpenOption.WRITE);
            new Thread(writer).start();
        });

        try {
            BackupId id = take(through).orElseThrow().record().id();

            writer.get();
            assertThat(storedControlFile(id)).isEqualTo(whole.get());
        } finally {
            Files.write(file, whole.get(60, TimeUnit.SECONDS), StandardOpenOption.WRITE);
        }
    }

    private static boolean waitsForTheWriter() {
        return Thread.getAllStackTraces().values().stream()
                .flatMap(Stream::of)
                .anyMatch(frame -> frame.getClassName().equals(ControlFileReader.class.getName())
                        && frame.getMethodName().equals("waitForWriter"));
    }
}
