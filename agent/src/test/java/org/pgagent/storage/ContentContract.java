package org.pgagent.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.error.ErrorKind;

/** What {@link ObjectStore} promises of puts, gets and conditions. */
abstract class ContentContract extends StoreFixture {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4095, 65_536, 65_537, 9 << 20})
    void gives_back_what_was_put(int length) throws IOException {
        byte[] bytes = random(length);

        ObjectInfo put = store().put(KEY, ByteBuffer.wrap(bytes), WriteCondition.always());

        assertThat(put.sizeBytes()).isEqualTo(length);
        assertThat(put.key()).isEqualTo(KEY);
        assertThat(read(KEY, 0, length)).isEqualTo(bytes);
        assertThat(store().getSmall(KEY, length).bytes()).isEqualTo(bytes);
        assertThat(store().head(KEY)).hasValueSatisfying(head -> {
            assertThat(head.sizeBytes()).isEqualTo(length);
            assertThat(head.etag()).isEqualTo(put.etag());
        });
    }

    @Test
    void keeps_an_empty_object() throws IOException {
        store().put(KEY, ByteBuffer.allocate(0), WriteCondition.ifAbsent());

        assertThat(store().getSmall(KEY, 0).bytes()).isEmpty();
        assertThat(store().head(KEY).orElseThrow().sizeBytes()).isZero();
    }

    @Test
    void puts_the_bytes_between_position_and_limit_and_moves_neither() throws IOException {
        byte[] bytes = random(1000);
        ByteBuffer content =
                ByteBuffer.wrap(bytes, 100, 800).slice().position(50).limit(250);

        store().put(KEY, content, WriteCondition.always());

        assertThat(content.position()).isEqualTo(50);
        assertThat(content.limit()).isEqualTo(250);
        assertThat(read(KEY, 0, 200)).isEqualTo(java.util.Arrays.copyOfRange(bytes, 150, 350));
    }

    @Test
    void refuses_content_that_it_would_have_to_copy_or_that_is_too_long() throws IOException {
        ByteBuffer tooLong = ByteBuffer.allocate(ObjectStore.WRITE_MAX_BYTES + 1);
        ByteBuffer direct = ByteBuffer.allocateDirect(10);

        assertThatIllegalArgumentException().isThrownBy(() -> store().put(KEY, tooLong, WriteCondition.always()));
        assertThatIllegalArgumentException().isThrownBy(() -> store().put(KEY, direct, WriteCondition.always()));
        assertThat(store().head(KEY)).isEmpty();
    }

    @Test
    void reads_any_range() throws IOException {
        byte[] bytes = random(100_000);
        store().put(KEY, ByteBuffer.wrap(bytes), WriteCondition.always());

        assertThat(read(KEY, 0, 1)).isEqualTo(java.util.Arrays.copyOfRange(bytes, 0, 1));
        assertThat(read(KEY, 99_999, 100_000)).isEqualTo(java.util.Arrays.copyOfRange(bytes, 99_999, 100_000));
        assertThat(read(KEY, 12_345, 67_890)).isEqualTo(java.util.Arrays.copyOfRange(bytes, 12_345, 67_890));
    }

    @Test
    void refuses_a_range_that_ends_after_the_object() throws IOException {
        store().put(KEY, ByteBuffer.wrap(random(1000)), WriteCondition.always());

        assertThat(kindOf(() -> read(KEY, 0, 1001))).isEqualTo(ErrorKind.CORRUPTED);
        assertThat(kindOf(() -> read(KEY, 999, 1001))).isEqualTo(ErrorKind.CORRUPTED);
        assertThat(kindOf(() -> read(KEY, 1000, 1001))).isEqualTo(ErrorKind.CORRUPTED);
        assertThat(kindOf(() -> read(KEY, 5000, 5001))).isEqualTo(ErrorKind.CORRUPTED);
    }

    @Test
    void a_stream_can_be_closed_at_any_time_and_any_number_of_times() throws IOException {
        byte[] bytes = random(8 << 20);
        store().put(KEY, ByteBuffer.wrap(bytes), WriteCondition.always());

        for (int i = 0; i < 100; i++) {
            InputStream in = store().get(KEY, new ByteRange(i, bytes.length));
            assertThat(in.read()).isEqualTo(bytes[i] & 0xff);
            in.close();
            in.close();
        }
        assertThat(read(KEY, 0, bytes.length)).isEqualTo(bytes);
    }

    @Test
    void says_that_there_is_no_such_object() throws IOException {
        assertThat(store().head(KEY)).isEmpty();
        assertThatExceptionOfType(ObjectMissingException.class).isThrownBy(() -> read(KEY, 0, 1));
        assertThatExceptionOfType(ObjectMissingException.class).isThrownBy(() -> store().getSmall(KEY, 10));
    }

    @Test
    void what_lies_above_an_object_is_no_object() throws IOException {
        putText("main/backups/one/manifest.json.gz", "x");

        assertThat(store().head(new ObjectKey("main/backups"))).isEmpty();
        assertThatExceptionOfType(ObjectMissingException.class)
                .isThrownBy(() -> store().getSmall(new ObjectKey("main/backups"), 10));
    }

    @Test
    void a_small_object_must_be_small() throws IOException {
        putText(KEY.value(), "0123456789");

        assertThat(kindOf(() -> store().getSmall(KEY, 9))).isEqualTo(ErrorKind.CORRUPTED);
        assertThat(store().getSmall(KEY, 10).etag())
                .isEqualTo(store().head(KEY).orElseThrow().etag());
    }

    @Test
    void replaces_an_object_and_gives_it_another_etag() throws IOException {
        List<String> etags = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            etags.add(putText(KEY.value(), "version " + (char) ('a' + i)).etag());
        }

        assertThat(readText(KEY)).isEqualTo("version t");
        assertThat(etags).doesNotHaveDuplicates();
    }

    @Test
    void creates_only_what_is_absent() throws IOException {
        ObjectInfo first = store().put(KEY, text("first"), WriteCondition.ifAbsent());

        assertThatExceptionOfType(ObjectChangedException.class)
                .isThrownBy(() -> store().put(KEY, text("second"), WriteCondition.ifAbsent()));

        assertThat(readText(KEY)).isEqualTo("first");
        assertThat(store().head(KEY).orElseThrow().etag()).isEqualTo(first.etag());
    }

    @Test
    void replaces_only_what_was_read() throws IOException {
        String first = putText(KEY.value(), "first").etag();
        String second = store().put(KEY, text("second"), WriteCondition.ifUnchanged(first))
                .etag();

        assertThatExceptionOfType(ObjectChangedException.class)
                .isThrownBy(() -> store().put(KEY, text("third"), WriteCondition.ifUnchanged(first)));

        assertThat(readText(KEY)).isEqualTo("second");
        assertThat(store().getSmall(KEY, 10).etag()).isEqualTo(second);
    }

    @Test
    void replaces_nothing_that_is_gone() throws IOException {
        String etag = putText(KEY.value(), "first").etag();
        store().delete(List.of(KEY));

        assertThatExceptionOfType(ObjectChangedException.class)
                .isThrownBy(() -> store().put(KEY, text("second"), WriteCondition.ifUnchanged(etag)));

        assertThat(store().head(KEY)).isEmpty();
    }
}
