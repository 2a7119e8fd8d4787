package org.pgagent.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/** What is particular to a directory. */
final class FileObjectStoreTest {
    private static final ObjectKey KEY = new ObjectKey("main/cluster.json");

    @TempDir
    Path parent;

    private Path root;
    private FileObjectStore store;

    @BeforeEach
    void open() throws IOException {
        root = Files.createDirectory(parent.resolve("repository"));
        store = FileObjectStore.open(root, new Random());
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private void put(String key) throws IOException {
        store.put(new ObjectKey(key), bytes(key), WriteCondition.ifAbsent());
    }

    private List<String> listed(String prefix) throws IOException {
        return store.list(prefix, ListDepth.ALL, Optional.empty()).objects().stream()
                .map(info -> info.key().value())
                .toList();
    }

    private static void assertKind(ErrorKind kind, ThrowingCallable call) {
        assertThatExceptionOfType(PgAgentException.class).isThrownBy(call).satisfies(e -> {
            assertThat(e.kind()).isEqualTo(kind);
            assertThat(e.hint()).isNotBlank();
        });
    }

    @Test
    void an_object_is_a_file_under_its_key() throws IOException {
        put("main/wal/00000001/file");

        assertThat(root.resolve("main/wal/00000001/file")).hasContent("main/wal/00000001/file");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("main/wal/00000001/file"))))
                .isEqualTo("rw-r-----");
    }

    @Test
    void a_replacement_is_later_than_what_it_replaces_whatever_the_clock_says() throws IOException {
        put("main/a");
        FileTime future = FileTime.from(Instant.parse("2100-01-01T00:00:00Z"));
        Files.setLastModifiedTime(root.resolve("main/a"), future);

        ObjectInfo replaced = store.put(new ObjectKey("main/a"), bytes("b"), WriteCondition.always());

        assertThat(replaced.lastModified()).isAfter(future.toInstant());
        assertThat(store.head(new ObjectKey("main/a"))).hasValue(replaced);
    }

    @Test
    void leaves_no_temporary_files() throws IOException {
        put("main/a");
        store.put(new ObjectKey("main/a"), bytes("b"), WriteCondition.always());
        assertThatExceptionOfType(ObjectChangedException.class).isThrownBy(() -> put("main/a"));
        try (MultipartUpload upload = store.startUpload(new ObjectKey("main/b"))) {
            upload.uploadPart(1, bytes("x"));
            upload.complete(WriteCondition.ifAbsent());
        }

        assertThat(root.resolve("main").toFile().list()).containsExactlyInAnyOrder("a", "b");
        assertThat(root.resolve(".tmp-uploads").toFile().list()).isEmpty();
    }

    @Test
    void a_directory_that_is_not_there_is_said_so() throws IOException {
        assertKind(ErrorKind.STORE_MISSING, () -> FileObjectStore.open(parent.resolve("typo"), new Random()));
        Path file = Files.createFile(parent.resolve("file"));
        assertKind(ErrorKind.STORE_MISSING, () -> FileObjectStore.open(file, new Random()));
    }

    @Test
    void a_directory_that_goes_away_is_no_missing_object() throws IOException {
        Files.delete(root);

        assertKind(ErrorKind.STORE_MISSING, () -> store.head(KEY));
        assertKind(ErrorKind.STORE_MISSING, () -> store.getSmall(KEY, 10));
        assertKind(ErrorKind.STORE_MISSING, () -> store.get(KEY, new ByteRange(0, 1)));
        assertKind(ErrorKind.STORE_MISSING, () -> store.list("", ListDepth.ALL, Optional.empty()));
        assertKind(ErrorKind.STORE_MISSING, () -> store.unfinishedUploads(""));
        assertKind(ErrorKind.STORE_MISSING, () -> store.put(KEY, bytes("x"), WriteCondition.always()));
    }

    @Test
    void below_a_file_there_is_nothing_and_nothing_can_be_put() throws IOException {
        put("main/a");
        ObjectKey below = new ObjectKey("main/a/b");

        assertThat(store.head(below)).isEmpty();
        assertThatExceptionOfType(ObjectMissingException.class).isThrownBy(() -> store.getSmall(below, 10));
        assertThat(listed("main/a/")).isEmpty();
        store.delete(List.of(below));
        assertKind(ErrorKind.STORE_DENIED, () -> put("main/a/b"));
    }

    @Test
    void a_folder_cannot_be_an_object_too() throws IOException {
        put("main/a/b");

        assertKind(ErrorKind.STORE_DENIED, () -> put("main/a"));
        assertKind(
                ErrorKind.STORE_DENIED, () -> store.put(new ObjectKey("main/a"), bytes("x"), WriteCondition.always()));
        assertThat(listed("")).containsExactly("main/a/b");
    }

    @ParameterizedTest
    @ValueSource(strings = {".tmp-lock", ".tmp-uploads/x", "main/.tmp-0123", "main/.tmp-x/y"})
    void its_own_names_are_nobodys_keys(String key) {
        assertThatIllegalArgumentException().isThrownBy(() -> put(key));
        assertThatIllegalArgumentException().isThrownBy(() -> store.head(new ObjectKey(key)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "//", "../", "../repository/", "main/../", "./", "/etc/", "..", ".tmp-uploads/"})
    void no_prefix_leads_out_of_the_directory(String prefix) throws IOException {
        put("main/a");
        Files.writeString(parent.resolve("outside"), "x");

        assertThat(listed(prefix)).isEmpty();
        assertThat(store.unfinishedUploads(prefix)).isEmpty();
    }

    @Test
    void follows_no_symbolic_link() throws IOException {
        Path outside = Files.createDirectory(parent.resolve("outside"));
        Files.writeString(outside.resolve("secret"), "x");
        put("main/a");
        Files.createSymbolicLink(root.resolve("linked"), outside);
        Files.createSymbolicLink(root.resolve("main/secret"), outside.resolve("secret"));

        for (String key : List.of("linked/secret", "main/secret")) {
            ObjectKey linked = new ObjectKey(key);
            assertKind(ErrorKind.STORE_DENIED, () -> store.getSmall(linked, 10));
            assertKind(ErrorKind.STORE_DENIED, () -> store.head(linked));
            assertKind(ErrorKind.STORE_DENIED, () -> store.put(linked, bytes("y"), WriteCondition.always()));
            assertKind(ErrorKind.STORE_DENIED, () -> store.delete(List.of(linked)));
        }
        assertKind(ErrorKind.STORE_DENIED, () -> put("linked/new/one"));
        assertThat(listed("")).containsExactly("main/a");
        assertThat(outside.resolve("secret")).hasContent("x");
        assertThat(outside.toFile().list()).containsExactly("secret");
    }

    @Test
    void the_root_itself_may_be_a_link() throws IOException {
        Path link = Files.createSymbolicLink(parent.resolve("link"), root);
        try (FileObjectStore linked = FileObjectStore.open(link, new Random())) {
            linked.put(KEY, bytes("x"), WriteCondition.ifAbsent());
        }

        assertThat(store.head(KEY)).isPresent();
    }

    @Test
    void what_interrupted_puts_left_is_found_and_removed() throws IOException {
        put("main/a");
        Path left = Files.writeString(root.resolve("main/.tmp-0123456789abcdef0123456789abcdef"), "half");

        assertThat(listed("")).containsExactly("main/a");
        List<UnfinishedUpload> found = store.unfinishedUploads("main/");
        assertThat(found)
                .singleElement()
                .satisfies(upload -> assertThat(upload.startedAt()).isNotNull());
        assertThat(store.unfinishedUploads("other/")).isEmpty();

        store.abort(found.get(0));
        store.abort(found.get(0));
        assertThat(left).doesNotExist();
        assertThat(store.unfinishedUploads("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "..", "../../outside", "/etc", "file"})
    void aborts_nothing_that_is_no_upload(String uploadId) throws IOException {
        put("main/a");
        UnfinishedUpload strange = new UnfinishedUpload(new ObjectKey("main/a"), uploadId, Instant.EPOCH);

        assertThatIllegalArgumentException().isThrownBy(() -> store.abort(strange));
        assertThat(listed("")).containsExactly("main/a");
    }

    @Test
    void an_aborted_upload_says_so() throws IOException {
        try (MultipartUpload upload = store.startUpload(KEY)) {
            upload.uploadPart(1, bytes("x"));
            store.abort(store.unfinishedUploads("").get(0));

            assertKind(ErrorKind.STORE_DENIED, () -> upload.uploadPart(2, bytes("x")));
            assertKind(ErrorKind.STORE_DENIED, () -> upload.complete(WriteCondition.always()));
        }
        assertThat(store.head(KEY)).isEmpty();
    }

    @Test
    void a_listing_of_one_folder_is_right_across_pages_although_it_keeps_one_page() throws IOException {
        Path folder = Files.createDirectories(root.resolve("main/flat"));
        for (int i = 0; i < 2500; i++) {
            Files.createFile(folder.resolve(String.format("%05d", i)));
        }
        Files.createDirectories(folder.resolve("01000-empty/and/deep"));
        Files.createDirectories(folder.resolve("00999-empty"));

        ObjectListing first = store.list("main/flat/", ListDepth.FOLDER, Optional.empty());
        ObjectListing second = store.list("main/flat/", ListDepth.FOLDER, first.next());
        ObjectListing third = store.list("main/flat/", ListDepth.FOLDER, second.next());

        assertThat(first.objects()).hasSize(1000);
        assertThat(second.objects()).hasSize(1000);
        assertThat(third.objects()).hasSize(500);
        assertThat(third.objects().get(499).key().name()).isEqualTo("02499");
        assertThat(first.folders()).isEmpty();
        assertThat(second.folders()).isEmpty();
        assertThat(third.next()).isEmpty();
    }

    @Test
    void the_last_page_has_no_next_when_only_empty_folders_follow() throws IOException {
        Path folder = Files.createDirectories(root.resolve("main"));
        for (int i = 0; i < 1000; i++) {
            Files.createFile(folder.resolve(String.format("%05d", i)));
        }
        Files.createDirectories(folder.resolve("99999/empty"));

        for (ListDepth depth : ListDepth.values()) {
            ObjectListing page = store.list("main/", depth, Optional.empty());
            assertThat(page.objects()).hasSize(1000);
            assertThat(page.folders()).isEmpty();
            assertThat(page.next()).isEmpty();
        }
    }

    @Test
    void tells_the_troubles_of_file_systems_apart() {
        assertThat(kind(new IOException("No space left on device"))).isEqualTo(ErrorKind.DISK_FULL);
        assertThat(kind(new FileSystemException("f", null, "Disk quota exceeded")))
                .isEqualTo(ErrorKind.DISK_FULL);
        assertThat(kind(new AccessDeniedException("f"))).isEqualTo(ErrorKind.STORE_DENIED);
        assertThat(kind(new FileSystemException("f", null, "Read-only file system")))
                .isEqualTo(ErrorKind.STORE_DENIED);
        assertThat(kind(new IOException("Input/output error"))).isEqualTo(ErrorKind.STORE_FAILED);
        assertThat(kind(new ClosedByInterruptException())).isEqualTo(ErrorKind.INTERRUPTED);
    }

    private ErrorKind kind(IOException e) {
        return FileErrors.translate("write main/a", root, e).kind();
    }

    @Test
    void a_name_that_the_file_system_cannot_take_is_refused() {
        assertKind(ErrorKind.STORE_DENIED, () -> put("main/" + "x".repeat(256)));
    }
}
