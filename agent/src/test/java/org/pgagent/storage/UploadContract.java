package org.pgagent.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.pgagent.error.PgAgentException;

/** What {@link MultipartUpload} promises. */
abstract class UploadContract extends ContentContract {
    @Test
    void makes_an_object_of_parts_in_any_order() throws Exception {
        byte[] bytes = random(2 * MultipartUpload.PART_MIN_BYTES + 1234);
        ObjectInfo completed;
        try (MultipartUpload upload = store().startUpload(KEY)) {
            assertThat(upload.key()).isEqualTo(KEY);
            ExecutorService threads = Executors.newFixedThreadPool(3);
            try {
                List<Future<Void>> sent = new ArrayList<>();
                for (int number : new int[] {3, 1, 2}) {
                    sent.add(threads.submit(() -> {
                        upload.uploadPart(number, part(bytes, number));
                        return null;
                    }));
                }
                for (Future<Void> one : sent) {
                    one.get();
                }
            } finally {
                threads.shutdownNow();
            }
            assertThat(store().head(KEY)).isEmpty();
            assertThat(listed("")).isEmpty();
            completed = upload.complete(WriteCondition.ifAbsent());
        }

        assertThat(completed.sizeBytes()).isEqualTo(bytes.length);
        assertThat(read(KEY, 0, bytes.length)).isEqualTo(bytes);
        assertThat(store().head(KEY).orElseThrow().etag()).isEqualTo(completed.etag());
        assertThat(store().unfinishedUploads("")).isEmpty();
    }

    private static ByteBuffer part(byte[] bytes, int number) {
        int start = (number - 1) * MultipartUpload.PART_MIN_BYTES;
        return ByteBuffer.wrap(bytes, start, Math.min(MultipartUpload.PART_MIN_BYTES, bytes.length - start));
    }

    @Test
    void a_part_that_is_sent_again_replaces_the_first() throws IOException {
        try (MultipartUpload upload = store().startUpload(KEY)) {
            upload.uploadPart(1, text("wrong"));
            upload.uploadPart(1, text("right one"));
            assertThat(upload.complete(WriteCondition.always()).sizeBytes()).isEqualTo(9);
        }

        assertThat(readText(KEY)).isEqualTo("right one");
    }

    @Test
    void takes_parts_from_other_objects() throws IOException {
        int min = MultipartUpload.PART_MIN_BYTES;
        byte[] bytes = random(3 * min + 4321);
        ObjectKey source = new ObjectKey("main/source");
        try (MultipartUpload upload = store().startUpload(source)) {
            upload.uploadPart(1, ByteBuffer.wrap(bytes));
            upload.complete(WriteCondition.always());
        }

        try (MultipartUpload upload = store().startUpload(KEY)) {
            assertThat(upload.copyPart(2, part(source, bytes, min + 17, 2 * min + 4000)))
                    .isTrue();
            upload.uploadPart(1, ByteBuffer.wrap(bytes, 0, min));
            upload.uploadPart(4, text("the end"));
            assertThat(upload.copyPart(3, part(source, bytes, 2 * min, bytes.length)))
                    .isTrue();
            assertThatExceptionOfType(ObjectMissingException.class)
                    .isThrownBy(() -> upload.copyPart(5, part(new ObjectKey("main/none"), bytes, 0, min)));
            upload.complete(WriteCondition.ifAbsent());
        }

        ByteBuffer expected = ByteBuffer.allocate(4 * bytes.length);
        expected.put(bytes, 0, min).put(bytes, min + 17, min + 4000 - 17);
        expected.put(bytes, 2 * min, bytes.length - 2 * min).put("the end".getBytes(StandardCharsets.UTF_8));
        assertThat(read(KEY, 0, expected.position())).isEqualTo(Arrays.copyOf(expected.array(), expected.position()));
        assertThat(store().head(KEY).orElseThrow().sizeBytes()).isEqualTo(expected.position());
    }

    private static ObjectPart part(ObjectKey key, byte[] bytes, int start, int end) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, start, end - start);
        return new ObjectPart(key, new ByteRange(start, end), (int) crc.getValue());
    }

    @Test
    void parts_must_make_an_object() throws IOException {
        try (MultipartUpload upload = store().startUpload(KEY)) {
            assertThatIllegalStateException().isThrownBy(() -> upload.complete(WriteCondition.always()));
            assertThatIllegalArgumentException().isThrownBy(() -> upload.uploadPart(0, text("x")));
            assertThatIllegalArgumentException().isThrownBy(() -> upload.uploadPart(10_001, text("x")));

            upload.uploadPart(1, text("too small before the last"));
            upload.uploadPart(3, text("x"));
            assertThatIllegalStateException().isThrownBy(() -> upload.complete(WriteCondition.always()));
            upload.uploadPart(2, text("x"));
            assertThatIllegalStateException().isThrownBy(() -> upload.complete(WriteCondition.always()));
        }

        assertThat(store().head(KEY)).isEmpty();
    }

    @Test
    void an_upload_is_completed_once() throws IOException {
        try (MultipartUpload upload = store().startUpload(KEY)) {
            upload.uploadPart(1, text("x"));
            upload.complete(WriteCondition.ifAbsent());

            assertThatIllegalStateException().isThrownBy(() -> upload.complete(WriteCondition.ifAbsent()));
        }

        assertThat(readText(KEY)).isEqualTo("x");
    }

    @Test
    void an_upload_that_is_not_completed_leaves_nothing() throws IOException {
        try (MultipartUpload upload = store().startUpload(KEY)) {
            upload.uploadPart(1, text("x"));
            assertThat(store().unfinishedUploads("main/")).hasSize(1);
        }

        assertThat(store().head(KEY)).isEmpty();
        assertThat(store().unfinishedUploads("")).isEmpty();
    }

    @Test
    void an_upload_keeps_its_condition() throws IOException {
        String etag = putText(KEY.value(), "first").etag();
        try (MultipartUpload upload = store().startUpload(KEY)) {
            upload.uploadPart(1, text("second"));
            assertThatExceptionOfType(ObjectChangedException.class)
                    .isThrownBy(() -> upload.complete(WriteCondition.ifAbsent()));
        }
        assertThat(readText(KEY)).isEqualTo("first");

        try (MultipartUpload upload = store().startUpload(KEY)) {
            upload.uploadPart(1, text("third"));
            upload.complete(WriteCondition.ifUnchanged(etag));
        }
        assertThat(readText(KEY)).isEqualTo("third");

        try (MultipartUpload upload = store().startUpload(KEY)) {
            upload.uploadPart(1, text("fourth"));
            assertThatExceptionOfType(ObjectChangedException.class)
                    .isThrownBy(() -> upload.complete(WriteCondition.ifUnchanged(etag)));
        }
        assertThat(readText(KEY)).isEqualTo("third");
    }

    @Test
    @SuppressWarnings("try") // the uploads are left open, as a killed process leaves them
    void finds_and_aborts_what_others_have_begun() throws IOException {
        MultipartUpload ours = store().startUpload(new ObjectKey("main/a.pack"));
        ours.uploadPart(1, text("x"));
        store().startUpload(new ObjectKey("other/b.pack"));

        List<UnfinishedUpload> found = store().unfinishedUploads("main/");

        assertThat(found).extracting(upload -> upload.key().value()).containsExactly("main/a.pack");
        assertThat(store().unfinishedUploads("")).hasSize(2);
        for (UnfinishedUpload upload : store().unfinishedUploads("")) {
            store().abort(upload);
            store().abort(upload);
        }
        assertThat(store().unfinishedUploads("")).isEmpty();
        assertThatExceptionOfType(PgAgentException.class).isThrownBy(() -> ours.complete(WriteCondition.always()));
        assertThat(store().head(new ObjectKey("main/a.pack"))).isEmpty();
    }
}
