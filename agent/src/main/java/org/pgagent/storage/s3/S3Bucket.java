package org.pgagent.storage.s3;

import java.util.Optional;
import org.pgagent.storage.KeyPrefix;
import org.pgagent.storage.ObjectKey;

/**
 * The bucket and what all keys in it begin with.
 *
 * @param name the bucket
 */
public record S3Bucket(String name, KeyPrefix prefix) {
    public S3Bucket {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")) {
            throw new IllegalArgumentException("not a bucket: '" + name
                    + "' (3 to 255 letters, digits, '.', '_' and '-', the first and the last a letter or digit;"
                    + " good ones: my-backups, s3://my-backups/pg)");
        }
    }

    /** A bucket with a prefix that is checked here. */
    public S3Bucket(String name, String prefix) {
        this(name, new KeyPrefix(prefix));
    }

    /** The full key of an object, or the full prefix of a listing. */
    String full(String keyOrPrefix) {
        return prefix.value().isEmpty() ? keyOrPrefix : prefix + "/" + keyOrPrefix;
    }

    String full(ObjectKey key) {
        return full(key.value());
    }

    /** The key of an object that was listed; empty for one that pgagent cannot have written. */
    Optional<ObjectKey> relative(String fullKey) {
        String key = fullKey.substring(Math.min(fullKey.length(), full("").length()));
        return fullKey.startsWith(full("")) && ObjectKey.isLegal(key)
                ? Optional.of(new ObjectKey(key))
                : Optional.empty();
    }

    /** {@code s3://name/prefix} */
    @Override
    public String toString() {
        return "s3://" + name + (prefix.value().isEmpty() ? "" : "/" + prefix);
    }
}
