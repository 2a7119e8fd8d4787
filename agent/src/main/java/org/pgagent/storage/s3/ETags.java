package org.pgagent.storage.s3;

/** S3 writes ETags with quotation marks, some stores leave them out in some answers; ours have none. */
final class ETags {
    private ETags() {}

    static String read(String etag) {
        boolean quoted = etag.length() >= 2 && etag.startsWith("\"") && etag.endsWith("\"");
        return quoted ? etag.substring(1, etag.length() - 1) : etag;
    }

    /** As a condition's header wants it. */
    static String write(String etag) {
        return etag.startsWith("W/") ? etag : "\"" + etag + "\"";
    }
}
