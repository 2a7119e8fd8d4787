package org.pgagent.storage.s3;

import java.util.Optional;
import org.pgagent.storage.ObjectKey;

/**
 * The bucket and what all keys in it begin with.
 *
 * @param name the bucket
 * @param prefix empty for the whole bucket, or segments joined by slashes such as {@code backups/production}; slashes at
 *     its ends are dropped
 */
public record S3Bucket(String name, String prefix) {
    private static final int PREFIX_MAX_LENGTH = 200;

    public S3Bucket {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{1,254}")) {
            throw new IllegalArgumentException("not a bucket name: '" + name + "' (a good one: database-backups)");
        }
        prefix = prefix.replaceAll("^/+|/+$", "");
        if (!prefix.isEmpty() && (prefix.length() > PREFIX_MAX_LENGTH || !ObjectKey.isLegal(prefix))) {
            throw new IllegalArgumentException("not a prefix: '" + prefix + "' (a good one: backups/production)");
        }
    }

    /** The full key of an object, or the full prefix of a listing. */
    String full(String keyOrPrefix) {
        return prefix.isEmpty() ? keyOrPrefix : prefix + "/" + keyOrPrefix;
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
        return "s3://" + name + (prefix.isEmpty() ? "" : "/" + prefix);
    }
}
