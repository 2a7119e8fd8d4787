package org.pgagent.storage.s3;

/** Where the bucket's name stands in a request. */
public enum PathStyle {
    /** In the path where an endpoint is given, in the host's name where AWS is asked. */
    AUTO,
    /** {@code https://host/bucket/key} */
    PATH,
    /** {@code https://bucket.host/key} */
    VIRTUAL_HOST
}
