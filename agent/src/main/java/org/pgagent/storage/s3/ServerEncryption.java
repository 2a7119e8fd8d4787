package org.pgagent.storage.s3;

import java.util.Optional;

/** How the store is told to encrypt what it keeps. */
public sealed interface ServerEncryption {
    /** Nothing is said; the bucket's own default holds. */
    record BucketDefault() implements ServerEncryption {}

    /** With keys of the store, SSE-S3. */
    record SseS3() implements ServerEncryption {}

    /**
     * With a key of a key management service, SSE-KMS.
     *
     * @param keyId the key's id, ARN or alias; empty for the service's default key
     */
    record SseKms(Optional<String> keyId) implements ServerEncryption {}
}
