package org.pgagent.storage.s3;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import org.pgagent.error.PgAgentException;
import org.pgagent.storage.MultipartUpload;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectPart;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.UploadedParts;
import org.pgagent.storage.WriteCondition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CopyPartResult;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * A multipart upload to S3.
 *
 * <p><b>A completion whose outcome is unknown.</b> When the answer to CompleteMultipartUpload is lost, the object may exist.
 * Asked again, the store may then answer 404 NoSuchUpload, for the upload is over, or 412, for there is an object under the
 * key: our own. Neither size nor ETag proves that it is ours (with SSE-KMS an ETag is no function of the content). So each
 * upload puts a random mark into its object's metadata, and after an unknown outcome such an answer is settled by a HEAD:
 * with our mark the completion was a success, with any other it was refused.
 */
final class S3Upload implements MultipartUpload {
    private static final Logger LOG = LoggerFactory.getLogger(S3Upload.class);

    private final S3Client client;
    private final S3Requests requests;
    private final S3Errors errors;
    private final Identity identity;
    private final UploadedParts sizes = new UploadedParts();
    private final ConcurrentSkipListMap<Integer, CompletedPart> parts = new ConcurrentSkipListMap<>();
    private boolean outcomeUnknown;
    private boolean completed;

    /**
     * What tells this upload from others.
     *
     * @param mark what its object has in its metadata
     */
    record Identity(ObjectKey key, String id, String mark) {}

    S3Upload(S3Client client, S3Requests requests, S3Errors errors, Identity identity) {
        this.client = client;
        this.requests = requests;
        this.errors = errors;
        this.identity = identity;
    }

    static String newMark() {
        return UUID.randomUUID().toString();
    }

    @Override
    public ObjectKey key() {
        return identity.key();
    }

    @Override
    public void uploadPart(int partNumber, ByteBuffer content) throws IOException {
        UploadedParts.requireNumber(partNumber);
        ObjectStore.requireContent(content);
        HeapContent bytes = new HeapContent(content);
        try {
            UploadPartResponse answer = client.uploadPart(requests.part(identity, partNumber, bytes), bytes.body());
            parts.put(
                    partNumber,
                    CompletedPart.builder()
                            .partNumber(partNumber)
                            .eTag(errors.requireTold(answer.eTag(), "the ETag of part " + partNumber))
                            .checksumCRC32C(bytes.crc32c())
                            .build());
            sizes.arrived(partNumber, content.remaining());
        } catch (SdkException e) {
            throw errors.translate(S3Action.UPLOAD_PART, "part " + partNumber + " of " + key(), e);
        }
    }

    @Override
    public boolean copyPart(int partNumber, ObjectPart source) throws IOException {
        UploadedParts.requireNumber(partNumber);
        try {
            CopyPartResult copied = client.uploadPartCopy(requests.copy(identity, partNumber, source))
                    .copyPartResult();
            errors.requireTold(copied, "what it has copied from " + source.key());
            parts.put(
                    partNumber,
                    CompletedPart.builder()
                            .partNumber(partNumber)
                            .eTag(errors.requireTold(copied.eTag(), "the ETag of part " + partNumber))
                            .checksumCRC32C(HeapContent.text(source.crc32c()))
                            .build());
            sizes.arrived(partNumber, source.range().length());
            return true;
        } catch (SdkException e) {
            if (S3Errors.hasCode(e, "NotImplemented") || (e instanceof S3Exception s3 && s3.statusCode() == 501)) {
                return false;
            }
            throw errors.translate(S3Action.COPY_PART, source.key().value(), e);
        }
    }

    @Override
    public ObjectInfo complete(WriteCondition condition) throws IOException {
        if (completed) {
            throw new IllegalStateException("the upload of " + key() + " was completed before");
        }
        sizes.requireWhole();
        ObjectInfo info;
        try {
            CompleteMultipartUploadResponse answer =
                    client.completeMultipartUpload(requests.complete(identity, parts.values(), condition));
            info = new ObjectInfo(
                    key(),
                    sizes.totalBytes(),
                    ETags.read(errors.requireTold(answer.eTag(), "the ETag of " + key())),
                    ServerTime.orHere(answer.sdkHttpResponse()));
        } catch (SdkException e) {
            info = settled(condition, e);
        }
        completed = true;
        return info;
    }

    private ObjectInfo settled(WriteCondition condition, SdkException e) throws PgAgentException {
        PgAgentException failure = errors.translate(S3Action.COMPLETE_UPLOAD, key(), condition, e);
        boolean inTheWay =
                S3Errors.hasCode(e, "NoSuchUpload") || (e instanceof S3Exception s3 && s3.statusCode() == 412);
        if (outcomeUnknown && inTheWay) {
            return ownObject().orElseThrow(() -> failure);
        }
        outcomeUnknown = true;
        throw failure;
    }

    private Optional<ObjectInfo> ownObject() throws PgAgentException {
        try {
            HeadObjectResponse there = client.headObject(requests.head(key()));
            return S3Requests.mark(there.metadata()).equals(Optional.of(identity.mark()))
                    ? Optional.of(errors.requireInfo(key(), there))
                    : Optional.empty();
        } catch (S3Exception e) {
            if (e.statusCode() == 404) {
                return Optional.empty();
            }
            throw errors.translate(S3Action.HEAD, key().value(), e);
        } catch (SdkException e) {
            throw errors.translate(S3Action.HEAD, key().value(), e);
        }
    }

    @Override
    public void close() {
        if (completed) {
            return;
        }
        try {
            client.abortMultipartUpload(requests.abort(key(), identity.id()));
        } catch (SdkException e) {
            if (!S3Errors.hasCode(e, "NoSuchUpload")) {
                LOG.warn(
                        "cannot abort an upload; its parts stay until the bucket's lifecycle rule removes them key={} uploadId={}",
                        key(),
                        identity.id(),
                        errors.translate(S3Action.ABORT_UPLOAD, key().value(), e));
            }
        }
    }
}
