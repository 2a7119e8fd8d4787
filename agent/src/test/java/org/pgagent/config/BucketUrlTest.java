package org.pgagent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.storage.KeyPrefix;

final class BucketUrlTest {
    @Test
    void a_bare_name_is_a_bucket() {
        assertThat(BucketUrl.parse("my-backups")).isEqualTo(new BucketUrl.Bucket("my-backups", ""));
    }

    @Test
    void an_s3_url_is_a_bucket_with_a_prefix() {
        assertThat(BucketUrl.parse("s3://my-backups/pg/prod/"))
                .isEqualTo(new BucketUrl.Bucket("my-backups", "pg/prod"));
        assertThat(BucketUrl.parse("s3://my-backups")).isEqualTo(new BucketUrl.Bucket("my-backups", ""));
    }

    @Test
    void a_file_url_is_a_directory() {
        assertThat(BucketUrl.parse("file:///srv/backups")).isEqualTo(new BucketUrl.Directory(Path.of("/srv/backups")));
        assertThat(BucketUrl.parse("file:///srv/my%20backups"))
                .isEqualTo(new BucketUrl.Directory(Path.of("/srv/my backups")));
        assertThat(BucketUrl.parse("file:///srv/my backups/../b")).hasToString("file:///srv/b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "/srv/backups",
                "bucket/prefix",
                "my backups",
                "s3://",
                "s3:///x",
                "s3://b",
                "s3://bbb/a//b",
                "s3://bbb/../x",
                "file://srv/x",
                "file://x",
                "file:///%zz",
                "http://store/bucket",
                "gs://bucket",
                "~/x"
            })
    void refuses_with_good_examples(String text) {
        assertThatThrownBy(() -> BucketUrl.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("good one");
    }

    @Test
    void a_prefix_goes_below_a_place_that_has_none() {
        assertThat(BucketUrl.parse("bbb").below(new KeyPrefix("pg/x/"))).hasToString("s3://bbb/pg/x");
        assertThat(BucketUrl.parse("s3://bbb/pg").below(new KeyPrefix("pg"))).hasToString("s3://bbb/pg");
        assertThat(BucketUrl.parse("file:///srv").below(new KeyPrefix("pg"))).hasToString("file:///srv/pg");
    }

    @Test
    void two_different_prefixes_are_refused() {
        assertThatThrownBy(() -> BucketUrl.parse("s3://bbb/pg").below(new KeyPrefix("other")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'pg'");
    }
}
