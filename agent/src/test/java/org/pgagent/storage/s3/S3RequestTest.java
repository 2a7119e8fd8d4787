package org.pgagent.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.kit.FaultyWire;
import org.pgagent.kit.PlainObjects;
import org.pgagent.kit.S3ProxyServer;
import org.pgagent.storage.MultipartUpload;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/** What goes over the wire. */
final class S3RequestTest {
    private static final ObjectKey KEY = new ObjectKey("main/a");
    private static final ObjectKey LARGE = new ObjectKey("main/large");

    private static S3ProxyServer server;

    private FaultyWire wire;

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = S3ProxyServer.start(directory);
        server.createBucket("backups");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void open() {
        wire = FaultyWire.to(server.endpoint());
    }

    @AfterEach
    void close() {
        wire.close();
    }

    private String head(String requestLine) {
        List<String> found = wire.heads().stream()
                .filter(head -> head.startsWith(requestLine))
                .map(head -> head.toLowerCase(Locale.ROOT))
                .toList();
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    private ObjectStore open(S3ObjectOptions objects) throws IOException {
        S3Settings usual = server.settings(wire.endpoint(), "backups", "pre/fix");
        return S3ObjectStore.open(
                new S3Settings(usual.bucket(), usual.endpoint(), objects, usual.limits()), server.credentials());
    }

    @Test
    void content_is_sent_as_it_is_with_our_own_checksum_and_no_other() throws IOException {
        try (ObjectStore store = open(PlainObjects.OPTIONS)) {
            ByteBuffer content = ByteBuffer.wrap("123456789".getBytes(StandardCharsets.US_ASCII));
            store.put(KEY, content, WriteCondition.ifAbsent());
            try (MultipartUpload upload = store.startUpload(KEY)) {
                upload.uploadPart(1, content);
                upload.complete(
                        WriteCondition.ifUnchanged(store.head(KEY).orElseThrow().etag()));
            }
            store.delete(List.of(KEY));
        }

        // 0xe3069283 is the check value of CRC-32C
        assertThat(head("PUT /backups/pre/fix/main/a HTTP"))
                .contains("x-amz-checksum-crc32c: 4wasgw==")
                .contains("if-none-match: *")
                .contains("content-length: 9\r\n")
                .doesNotContain("content-md5")
                .doesNotContain("aws-chunked")
                .doesNotContain("x-amz-trailer")
                .doesNotContain("x-amz-checksum-crc32:");
        assertThat(head("POST /backups/pre/fix/main/a?uploads"))
                .contains("x-amz-checksum-algorithm: crc32c")
                .contains("x-amz-meta-pgagent-upload: ");
        assertThat(head("PUT /backups/pre/fix/main/a?partNumber=1"))
                .contains("x-amz-checksum-crc32c: 4wasgw==")
                .doesNotContain("content-md5");
        assertThat(head("POST /backups/pre/fix/main/a?uploadId=")).contains("if-match: \"");
        assertThat(head("POST /backups?delete")).contains("content-md5: ");
    }

    @Test
    void says_how_objects_shall_be_kept() throws IOException {
        S3ObjectOptions objects = new S3ObjectOptions(
                Optional.of("STANDARD_IA"), new ServerEncryption.SseKms(Optional.of("alias/backups")));
        wire.breakNext("^PUT ", FaultyWire.error("503 Slow Down", "SlowDown", ""));
        wire.breakNext("^POST ", FaultyWire.error("503 Slow Down", "SlowDown", ""));
        try (ObjectStore store = open(objects)) {
            org.assertj.core.api.Assertions.assertThatIOException()
                    .isThrownBy(() -> store.put(KEY, ByteBuffer.allocate(1), WriteCondition.always()));
            org.assertj.core.api.Assertions.assertThatIOException()
                    .isThrownBy(() -> store.startUpload(KEY).close());
        }

        for (String request : List.of("PUT ", "POST ")) {
            assertThat(head(request))
                    .contains("x-amz-storage-class: standard_ia")
                    .contains("x-amz-server-side-encryption: aws:kms")
                    .contains("x-amz-server-side-encryption-aws-kms-key-id: alias/backups");
        }
    }

    @Test
    void asks_for_encryption_with_the_stores_keys() throws IOException {
        wire.breakNext("^PUT ", FaultyWire.error("503 Slow Down", "SlowDown", ""));
        try (ObjectStore store = open(new S3ObjectOptions(Optional.empty(), new ServerEncryption.SseS3()))) {
            org.assertj.core.api.Assertions.assertThatIOException()
                    .isThrownBy(() -> store.put(KEY, ByteBuffer.allocate(1), WriteCondition.always()));
        }

        assertThat(head("PUT "))
                .contains("x-amz-server-side-encryption: aes256")
                .doesNotContain("storage-class");
    }

    @Test
    void large_content_waits_for_the_stores_consent() throws IOException {
        try (ObjectStore store = open(PlainObjects.OPTIONS)) {
            store.put(LARGE, ByteBuffer.allocate(4 << 20), WriteCondition.always());
        }

        assertThat(head("PUT ")).contains("expect: 100-continue");
    }

    @Test
    void an_endpoint_is_asked_in_path_style_unless_told_otherwise() {
        assertThat(S3Endpoint.of(wire.endpoint()).usesPathStyle()).isTrue();
        assertThat(S3Endpoint.aws().usesPathStyle()).isFalse();
        assertThat(new S3Endpoint(
                                Optional.of(wire.endpoint()),
                                Optional.empty(),
                                PathStyle.VIRTUAL_HOST,
                                Optional.empty())
                        .usesPathStyle())
                .isFalse();
        assertThat(new S3Endpoint(Optional.empty(), Optional.empty(), PathStyle.PATH, Optional.empty()).usesPathStyle())
                .isTrue();
    }
}
