package org.pgagent.config;

import java.net.URI;
import java.nio.file.Path;
import org.pgagent.storage.KeyPrefix;
import org.pgagent.storage.s3.S3Bucket;

/** Where a repository is: a bucket, perhaps with a prefix, or a directory. */
public sealed interface BucketUrl {
    /** A bucket of an S3 store. */
    record Bucket(S3Bucket s3) implements BucketUrl {
        public Bucket(String name, String prefix) {
            this(new S3Bucket(name, prefix));
        }

        @Override
        public BucketUrl below(KeyPrefix prefix) {
            if (!s3.prefix().value().isEmpty() && !s3.prefix().equals(prefix)) {
                throw new IllegalArgumentException("the bucket has the prefix '" + s3.prefix() + "' already");
            }
            return new Bucket(new S3Bucket(s3.name(), prefix));
        }

        @Override
        public String toString() {
            return s3.toString();
        }
    }

    /** A directory of the local file system, absolute. */
    record Directory(Path path) implements BucketUrl {
        public Directory {
            if (!path.isAbsolute()) {
                throw new IllegalArgumentException("not an absolute directory: '" + path + "' (" + GOOD_ONES + ")");
            }
            path = path.normalize();
        }

        @Override
        public BucketUrl below(KeyPrefix prefix) {
            return new Directory(path.resolve(prefix.value()));
        }

        @Override
        public String toString() {
            return "file://" + path;
        }
    }

    String GOOD_ONES = "good ones: my-backups, s3://my-backups/pg, file:///srv/backups";

    /** Reads a bucket's name, {@code s3://bucket/prefix} or {@code file:///directory}. */
    static BucketUrl parse(String text) {
        int scheme = text.indexOf("://");
        if (scheme < 0) {
            if (text.contains("/")) {
                throw new IllegalArgumentException("not a bucket: '" + text + "' (" + GOOD_ONES + ")");
            }
            return new Bucket(text, "");
        }
        String rest = text.substring(scheme + 3);
        return switch (text.substring(0, scheme)) {
            case "s3" -> {
                int slash = rest.indexOf('/');
                yield slash < 0
                        ? new Bucket(rest, "")
                        : new Bucket(rest.substring(0, slash), rest.substring(slash + 1));
            }
            case "file" -> directory(text, rest);
            case "http", "https" ->
                throw new IllegalArgumentException("not a bucket: '" + text
                        + "' (a store's URL belongs into the setting endpoint; " + GOOD_ONES + ")");
            default -> throw new IllegalArgumentException("not a bucket: '" + text + "' (" + GOOD_ONES + ")");
        };
    }

    private static BucketUrl directory(String text, String rest) {
        try {
            return new Directory(rest.contains("%") ? Path.of(URI.create(text)) : Path.of(rest));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not a directory: '" + text + "' (" + GOOD_ONES + ")", e);
        }
    }

    /**
     * The same place with a prefix, or a sub-directory.
     *
     * @throws IllegalArgumentException if there is another prefix already
     */
    BucketUrl below(KeyPrefix prefix);
}
