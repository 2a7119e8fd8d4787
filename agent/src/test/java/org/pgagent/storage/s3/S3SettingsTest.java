package org.pgagent.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.kit.PlainObjects;
import org.pgagent.storage.ObjectKey;

final class S3SettingsTest {
    @Test
    void a_prefix_needs_no_slashes_at_its_ends() {
        for (String prefix : new String[] {"a/b", "/a/b", "a/b/", "/a/b/"}) {
            S3Bucket bucket = new S3Bucket("bucket", prefix);

            assertThat(bucket.full(new ObjectKey("main/x"))).isEqualTo("a/b/main/x");
            assertThat(bucket.full("")).isEqualTo("a/b/");
            assertThat(bucket).hasToString("s3://bucket/a/b");
        }
        assertThat(new S3Bucket("bucket", "").full("main/")).isEqualTo("main/");
        assertThat(new S3Bucket("bucket", "/")).hasToString("s3://bucket");
    }

    @Test
    void only_keys_below_the_prefix_are_its_own() {
        S3Bucket bucket = new S3Bucket("bucket", "a");

        assertThat(bucket.relative("a/main/x")).contains(new ObjectKey("main/x"));
        assertThat(bucket.relative("a/")).isEmpty();
        assertThat(bucket.relative("a")).isEmpty();
        assertThat(bucket.relative("")).isEmpty();
        assertThat(bucket.relative("ab/main")).isEmpty();
        assertThat(bucket.relative("a//x")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "-x", "a/b", "a b", "s3://x"})
    void refuses_what_is_no_bucket(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> new S3Bucket(name, ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a//b", "../a", "a/./b", "a\nb"})
    void refuses_what_is_no_prefix(String prefix) {
        assertThatIllegalArgumentException().isThrownBy(() -> new S3Bucket("bucket", prefix));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://host", "host:9000", "http:///path", "https://user:secret@host", "https://host?x=1"})
    void refuses_what_is_no_endpoint(String uri) {
        assertThatIllegalArgumentException().isThrownBy(() -> S3Endpoint.of(URI.create(uri)));
    }

    @Test
    void a_bucket_of_the_same_name_at_another_endpoint_is_another_store() {
        assertThat(at(S3Endpoint.aws()).identity()).isEqualTo("s3://bucket/pg");
        assertThat(at(S3Endpoint.of(URI.create("https://minio.example.com:9000")))
                        .identity())
                .isEqualTo("s3://bucket/pg at https://minio.example.com:9000");
    }

    private static S3Settings at(S3Endpoint endpoint) {
        return new S3Settings(new S3Bucket("bucket", "pg"), endpoint, PlainObjects.OPTIONS, S3Limits.DEFAULT);
    }

    @Test
    void refuses_limits_that_are_none() {
        Duration second = Duration.ofSeconds(1);

        assertThatIllegalArgumentException().isThrownBy(() -> new S3Limits(second, second, second, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new S3Limits(Duration.ZERO, second, second, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new S3ObjectOptions(Optional.of("a b"), new ServerEncryption.BucketDefault()));
    }

    @Test
    void a_request_may_take_longer_the_more_it_sends() {
        assertThat(S3Limits.DEFAULT.requestMax(0)).isEqualTo(S3Limits.DEFAULT.requestMax());
        assertThat(S3Limits.DEFAULT.requestMax(16 << 20))
                .isEqualTo(S3Limits.DEFAULT.requestMax().plusSeconds(128));
    }

    @Test
    void etags_have_quotation_marks_on_the_wire_only() {
        assertThat(ETags.read("\"abc\"")).isEqualTo("abc");
        assertThat(ETags.read("abc")).isEqualTo("abc");
        assertThat(ETags.write("abc")).isEqualTo("\"abc\"");
        assertThat(ETags.write("W/\"abc\"")).isEqualTo("W/\"abc\"");
    }
}
