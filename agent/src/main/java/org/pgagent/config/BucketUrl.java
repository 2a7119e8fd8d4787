package org.pgagent.config;

import java.net.URI;
import java.nio.file.Path;

/** Where a repository is: a bucket, perhaps with a prefix, or a directory. */
public sealed interface BucketUrl {
    /**
     * A bucket of an S3 store.
     *
     * @param prefix what all keys begin with, without slashes at its ends; may be empty
     */
    record Bucket(String name, String prefix) implements BucketUrl {
        public Bucket {
            if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")) {
                throw new IllegalArgumentException("not a bucket: '" + name + "' (" + GOOD_ONES + ")");
            }
            prefix = checkedPrefix(prefix);
        }

        @Override
        public BucketUrl below(String morePrefix) {
            if (!prefix.isEmpty() && !prefix.equals(checkedPrefix(morePrefix))) {
                throw new IllegalArgumentException("the bucket has the prefix '" + prefix + "' already");
            }
            return new Bucket(name, morePrefix);
        }

        @Override
        public String toString() {
            return "s3://" + name + (prefix.isEmpty() ? "" : "/" + prefix);
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
        public BucketUrl below(String morePrefix) {
            return new Directory(path.resolve(checkedPrefix(morePrefix)));
        }

        @Override
        public String toString() {
            return "file://" + path;
        }
    }

    int PREFIX_MAX_LENGTH = 120;

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

    private static String checkedPrefix(String prefix) {
        String bare = prefix.replaceAll("^/|/$", "");
        boolean relative = ("/" + bare + "/").matches(".*/(\\.\\.?|)/.*");
        if (!bare.isEmpty()
                && (relative || bare.chars().anyMatch(Character::isISOControl) || bare.length() > PREFIX_MAX_LENGTH)) {
            throw new IllegalArgumentException("not a prefix: '" + prefix + "' (a good one: postgres/production)");
        }
        return bare;
    }

    /**
     * The same place with a prefix, or a sub-directory.
     *
     * @throws IllegalArgumentException if there is another prefix already, or it is malformed
     */
    BucketUrl below(String prefix);
}
