package org.pgagent.storage.s3;

/** What is asked of S3, as messages say it, and the right that it needs. */
enum S3Action {
    PUT("write", "s3:PutObject"),
    START_UPLOAD("start the upload of", "s3:PutObject"),
    UPLOAD_PART("write", "s3:PutObject"),
    COPY_PART("copy", "s3:GetObject and s3:PutObject"),
    COMPLETE_UPLOAD("complete the upload of", "s3:PutObject"),
    ABORT_UPLOAD("abort the upload of", "s3:AbortMultipartUpload"),
    GET("read", "s3:GetObject"),
    HEAD("look at", "s3:GetObject and s3:ListBucket"),
    LIST("list", "s3:ListBucket"),
    DELETE("delete", "s3:DeleteObject"),
    LIST_UPLOADS("list the uploads of", "s3:ListBucketMultipartUploads");

    private final String verb;
    private final String right;

    S3Action(String verb, String right) {
        this.verb = verb;
        this.right = right;
    }

    String verb() {
        return verb;
    }

    /** The IAM actions that a policy must allow. */
    String right() {
        return right;
    }
}
