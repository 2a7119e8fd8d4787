package org.pgagent.storage.s3;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectPart;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectsRequest;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsRequest;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.UploadPartCopyRequest;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/** Every request that is sent to S3, as the settings want it. */
final class S3Requests {
    private static final int PAGE_MAX = 1000;

    /** The metadata under which an object keeps the mark of the upload that made it. */
    private static final String MARK = "pgagent-upload";

    private final S3Settings settings;
    private final String bucket;

    S3Requests(S3Settings settings) {
        this.settings = settings;
        this.bucket = settings.bucket().name();
    }

    private String full(ObjectKey key) {
        return settings.bucket().full(key);
    }

    private AwsRequestOverrideConfiguration timeFor(long contentBytes) {
        Duration max = settings.limits().requestMax(contentBytes);
        return AwsRequestOverrideConfiguration.builder()
                .apiCallTimeout(max)
                .apiCallAttemptTimeout(max)
                .build();
    }

    PutObjectRequest put(ObjectKey key, HeapContent content, WriteCondition condition) {
        PutObjectRequest.Builder request = PutObjectRequest.builder()
                .bucket(bucket)
                .key(full(key))
                .checksumCRC32C(content.crc32c())
                .overrideConfiguration(timeFor(content.length()));
        settings.objects().storageClass().ifPresent(request::storageClass);
        if (settings.objects().encryption() instanceof ServerEncryption.SseS3) {
            request.serverSideEncryption("AES256");
        } else if (settings.objects().encryption() instanceof ServerEncryption.SseKms kms) {
            request.serverSideEncryption("aws:kms");
            kms.keyId().ifPresent(request::ssekmsKeyId);
        }
        if (condition instanceof WriteCondition.IfAbsent) {
            request.ifNoneMatch("*");
        } else if (condition instanceof WriteCondition.IfUnchanged unchanged) {
            request.ifMatch(ETags.write(unchanged.etag()));
        }
        return request.build();
    }

    CreateMultipartUploadRequest startUpload(ObjectKey key, String mark) {
        CreateMultipartUploadRequest.Builder request = CreateMultipartUploadRequest.builder()
                .bucket(bucket)
                .key(full(key))
                .contentType(HeapContent.TYPE)
                .checksumAlgorithm(ChecksumAlgorithm.CRC32_C)
                .metadata(Map.of(MARK, mark));
        settings.objects().storageClass().ifPresent(request::storageClass);
        if (settings.objects().encryption() instanceof ServerEncryption.SseS3) {
            request.serverSideEncryption("AES256");
        } else if (settings.objects().encryption() instanceof ServerEncryption.SseKms kms) {
            request.serverSideEncryption("aws:kms");
            kms.keyId().ifPresent(request::ssekmsKeyId);
        }
        return request.build();
    }

    /** The mark of the upload that made an object, from the metadata of its head. */
    static Optional<String> mark(Map<String, String> metadata) {
        return Optional.ofNullable(metadata.get(MARK));
    }

    UploadPartRequest part(S3Upload.Identity upload, int number, HeapContent content) {
        return UploadPartRequest.builder()
                .bucket(bucket)
                .key(full(upload.key()))
                .uploadId(upload.id())
                .partNumber(number)
                .checksumCRC32C(content.crc32c())
                .overrideConfiguration(timeFor(content.length()))
                .build();
    }

    UploadPartCopyRequest copy(S3Upload.Identity upload, int number, ObjectPart source) {
        return UploadPartCopyRequest.builder()
                .sourceBucket(bucket)
                .sourceKey(full(source.key()))
                .copySourceRange(bytes(source.range()))
                .destinationBucket(bucket)
                .destinationKey(full(upload.key()))
                .uploadId(upload.id())
                .partNumber(number)
                .overrideConfiguration(timeFor(source.range().length()))
                .build();
    }

    CompleteMultipartUploadRequest complete(
            S3Upload.Identity upload, Collection<CompletedPart> parts, WriteCondition condition) {
        CompleteMultipartUploadRequest.Builder request = CompleteMultipartUploadRequest.builder()
                .bucket(bucket)
                .key(full(upload.key()))
                .uploadId(upload.id())
                .multipartUpload(made -> made.parts(parts));
        if (condition instanceof WriteCondition.IfAbsent) {
            request.ifNoneMatch("*");
        } else if (condition instanceof WriteCondition.IfUnchanged unchanged) {
            request.ifMatch(ETags.write(unchanged.etag()));
        }
        return request.build();
    }

    AbortMultipartUploadRequest abort(ObjectKey key, String uploadId) {
        return AbortMultipartUploadRequest.builder()
                .bucket(bucket)
                .key(full(key))
                .uploadId(uploadId)
                .build();
    }

    private static String bytes(ByteRange range) {
        return "bytes=" + range.start() + "-" + (range.end() - 1);
    }

    GetObjectRequest get(ObjectKey key, ByteRange range) {
        return GetObjectRequest.builder()
                .bucket(bucket)
                .key(full(key))
                .range(bytes(range))
                .build();
    }

    /** Whose checksum the store is asked for, so that the SDK compares it where the store has one. */
    GetObjectRequest getWhole(ObjectKey key) {
        return GetObjectRequest.builder()
                .bucket(bucket)
                .key(full(key))
                .checksumMode(ChecksumMode.ENABLED)
                .build();
    }

    HeadObjectRequest head(ObjectKey key) {
        return HeadObjectRequest.builder().bucket(bucket).key(full(key)).build();
    }

    ListObjectsV2Request list(String prefix, ListDepth depth, Optional<String> from) {
        ListObjectsV2Request.Builder request = ListObjectsV2Request.builder()
                .bucket(bucket)
                .prefix(settings.bucket().full(prefix))
                .maxKeys(PAGE_MAX);
        if (depth == ListDepth.FOLDER) {
            request.delimiter("/");
        }
        from.ifPresent(request::continuationToken);
        return request.build();
    }

    ListMultipartUploadsRequest listUploads(String prefix) {
        return ListMultipartUploadsRequest.builder()
                .bucket(bucket)
                .prefix(settings.bucket().full(prefix))
                .maxUploads(PAGE_MAX)
                .build();
    }

    DeleteObjectsRequest delete(List<ObjectKey> keys) {
        assert keys.size() <= ObjectStore.DELETE_MAX_KEYS;
        List<ObjectIdentifier> names = keys.stream()
                .map(key -> ObjectIdentifier.builder().key(full(key)).build())
                .toList();
        return DeleteObjectsRequest.builder()
                .bucket(bucket)
                .delete(all -> all.objects(names).quiet(true))
                .build();
    }
}
