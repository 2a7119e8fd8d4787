package org.pgagent.config;

/** Which encryption the store is asked for. */
public enum EncryptionChoice {
    /** As the bucket is configured. */
    BUCKET,
    /** SSE-S3: with the store's own keys. */
    S3,
    /** SSE-KMS: with a key of the key management service. */
    KMS
}
