package org.pgagent.storage.s3;

/**
 * Everything that {@link S3ObjectStore} has to be told but the credentials.
 *
 * @param bucket the bucket and the prefix in it
 * @param endpoint where the store is
 * @param objects how the store keeps objects
 * @param limits what bounds every request
 */
public record S3Settings(S3Bucket bucket, S3Endpoint endpoint, S3ObjectOptions objects, S3Limits limits) {
    /** The bucket, and the endpoint unless that is AWS, where one name is one bucket. */
    String identity() {
        return endpoint.uri().map(uri -> bucket + " at " + uri).orElseGet(bucket::toString);
    }
}
