package org.pgagent.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What {@link ObjectStore} promises of listings and deletion. */
abstract class ListingContract extends UploadContract {
    @Test
    void lists_in_byte_order_whatever_lies_below_a_prefix() throws IOException {
        List<String> keys = List.of(
                "main/a b",
                "main/a!b",
                "main/a+b",
                "main/a-b",
                "main/a.b",
                "main/a/b",
                "main/a/b0",
                "main/a0",
                "main/a=&b%20",
                "main/aB",
                "main/a~b",
                "main/aä",
                "main/a漢",
                "main/b/c/d/e",
                "main/b0",
                "mainz");
        for (String key : keys) {
            assertThat(putText(key, key).key().value()).isEqualTo(key);
        }

        assertThat(listed("")).containsExactlyElementsOf(keys);
        assertThat(listed("main/a")).containsExactlyElementsOf(keys.subList(0, 13));
        assertThat(listed("main/a/")).containsExactly("main/a/b", "main/a/b0");
        assertThat(listed("main/b/c/d/e")).containsExactly("main/b/c/d/e");
        assertThat(listed("nothing")).isEmpty();
        for (String key : keys) {
            assertThat(readText(new ObjectKey(key))).isEqualTo(key);
        }
    }

    @Test
    void lists_one_level() throws IOException {
        for (String key : List.of("main/a", "main/b/c", "main/b/d", "main/b-", "main/e/f/g", "other/x")) {
            putText(key, "x");
        }

        assertThat(level("")).containsExactly("main/", "other/");
        assertThat(level("main/")).containsExactly("main/a", "main/b-", "main/b/", "main/e/");
        assertThat(level("main/b")).containsExactly("main/b-", "main/b/");
        assertThat(level("main/b/")).containsExactly("main/b/c", "main/b/d");
        assertThat(level("main/e")).containsExactly("main/e/");
    }

    @Test
    void a_folder_goes_with_its_last_object() throws IOException {
        putText("main/a/b/c", "x");
        store().delete(List.of(new ObjectKey("main/a/b/c")));

        assertThat(level("")).isEmpty();
        assertThat(level("main/")).isEmpty();
    }

    @Test
    void tells_size_and_etag_in_a_listing() throws IOException {
        ObjectInfo put = putText("main/a", "12345");

        assertThat(store().list("main/", ListDepth.FOLDER, Optional.empty()).objects())
                .singleElement()
                .satisfies(info -> {
                    assertThat(info.sizeBytes()).isEqualTo(5);
                    assertThat(info.etag()).isEqualTo(put.etag());
                    assertThat(info.lastModified()).isNotNull();
                });
    }

    @Test
    void lists_page_after_page() throws Exception {
        List<String> keys = IntStream.range(0, 1101)
                .mapToObj(i -> String.format("main/%s/%04d", i % 50 == 0 ? "x" : "y" + i, i))
                .sorted()
                .toList();
        AtomicInteger next = new AtomicInteger();
        together(() -> {
            for (int i = next.getAndIncrement(); i < keys.size(); i = next.getAndIncrement()) {
                putText(keys.get(i), "");
            }
            return true;
        });

        assertThat(listed("main/")).containsExactlyElementsOf(keys);
        assertThat(level("main/")).hasSize(1079).doesNotHaveDuplicates();
        assertThat(store().list("", ListDepth.ALL, Optional.empty()).objects()).hasSize(1000);
        for (int i = 0; i < keys.size(); i += ObjectStore.DELETE_MAX_KEYS) {
            store().delete(keys.subList(i, Math.min(keys.size(), i + ObjectStore.DELETE_MAX_KEYS)).stream()
                    .map(ObjectKey::new)
                    .toList());
        }
        assertThat(listed("")).isEmpty();
    }

    @Test
    void deletes_what_is_there_and_what_is_not() throws IOException {
        putText("main/a", "x");
        putText("main/b", "x");

        store().delete(List.of(new ObjectKey("main/a"), new ObjectKey("main/never"), new ObjectKey("never/was")));
        store().delete(List.of());

        assertThat(listed("")).containsExactly("main/b");
    }

    @Test
    void refuses_to_delete_too_many_at_once() {
        List<ObjectKey> keys = IntStream.range(0, ObjectStore.DELETE_MAX_KEYS + 1)
                .mapToObj(i -> new ObjectKey("k" + i))
                .toList();

        assertThatIllegalArgumentException().isThrownBy(() -> store().delete(keys));
    }

    @Test
    void honours_conditions_as_the_probe_sees_it() throws IOException {
        ConditionProbe probe = new ConditionProbe(store(), "main/", new SplittableRandom(1));

        assertThat(probe.run()).isEqualTo(ConditionSupport.HONOURED);
        assertThat(listed("")).isEmpty();
        assertThat(store().unfinishedUploads("")).isEmpty();
    }

    @Test
    void has_a_name_for_messages() {
        assertThat(store().describe()).isNotBlank();
        assertThat(store().identity()).startsWith(store().describe());
    }
}
