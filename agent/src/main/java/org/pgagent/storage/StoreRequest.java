package org.pgagent.storage;

/** The kinds of requests that an {@link ObjectStore} takes. */
public enum StoreRequest {
    PUT,
    START_UPLOAD,
    UPLOAD_PART,
    COPY_PART,
    COMPLETE_UPLOAD,
    ABORT_UPLOAD,
    GET,
    HEAD,
    LIST,
    DELETE,
    LIST_UPLOADS
}
