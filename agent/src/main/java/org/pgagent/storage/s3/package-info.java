/**
 * An {@link org.pgagent.storage.ObjectStore} in an S3 bucket: AWS, MinIO, Ceph and whatever else speaks SigV4 and multipart
 * uploads. The only package that sees the AWS SDK.
 *
 * <p>Sends each request once; {@link org.pgagent.storage.RetryingObjectStore} sends it again. Every exception of the SDK is
 * translated here, by {@code S3Errors}. Opened by {@code Wiring}.
 */
package org.pgagent.storage.s3;
