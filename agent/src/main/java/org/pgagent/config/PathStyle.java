package org.pgagent.config;

/** Where a request names the bucket. */
public enum PathStyle {
    /** In the path if there is an endpoint, else in the host name. */
    AUTO,
    /** {@code https://host/bucket/key}. */
    PATH,
    /** {@code https://bucket.host/key}. */
    VIRTUAL_HOST
}
