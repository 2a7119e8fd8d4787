package org.pgagent.storage.s3;

import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.pgagent.kit.PlainObjects;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.ObjectStoreContract;
import org.testcontainers.containers.MinIOContainer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** The whole contract against MinIO. */
@WhereDockerAnswers
final class MinioContractTest extends ObjectStoreContract {
    private static final MinIOContainer SERVER = new MinIOContainer("minio/minio:RELEASE.2025-09-07T16-13-09Z");

    private static int buckets;

    @BeforeAll
    static void start() {
        SERVER.start();
    }

    @AfterAll
    static void stop() {
        SERVER.stop();
    }

    @Override
    protected ObjectStore openEmpty() throws IOException {
        buckets++;
        String bucket = "bucket-" + buckets;
        URI endpoint = URI.create(SERVER.getS3URL());
        try (S3Client client = S3Client.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(SERVER.getUserName(), SERVER.getPassword())))
                .build()) {
            client.createBucket(request -> request.bucket(bucket));
        }
        return S3ObjectStore.open(
                new S3Settings(
                        new S3Bucket(bucket, "some/prefix"),
                        new S3Endpoint(Optional.of(endpoint), Optional.empty(), PathStyle.AUTO, Optional.empty()),
                        PlainObjects.OPTIONS,
                        S3Limits.DEFAULT),
                new S3Credentials.Fixed(SERVER.getUserName(), SERVER.getPassword()));
    }
}
