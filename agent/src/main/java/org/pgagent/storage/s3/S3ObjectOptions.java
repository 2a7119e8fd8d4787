package org.pgagent.storage.s3;

import java.util.Optional;

/**
 * How the store keeps objects.
 *
 * @param storageClass S3's name of it, such as {@code STANDARD_IA}; empty for the bucket's default
 * @param encryption what the store encrypts with
 */
public record S3ObjectOptions(Optional<String> storageClass, ServerEncryption encryption) {
    public S3ObjectOptions {
        storageClass.ifPresent(name -> {
            if (!name.matches("[A-Za-z0-9_-]{1,64}")) {
                throw new IllegalArgumentException("not a storage class: '" + name + "' (a good one: STANDARD_IA)");
            }
        });
    }
}
