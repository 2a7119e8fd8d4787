package org.pgagent.storage.s3;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.MultipartUpload;
import org.pgagent.storage.ObjectContent;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectListing;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.UnfinishedUpload;
import org.pgagent.storage.WriteCondition;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * A bucket, or what lies under a prefix in one. Thread-safe. Sends each request once, bounded in time; the store verifies
 * the CRC-32C of all content on arrival. An interrupt is noticed between the steps of a request, not while it waits for the
 * network; the limits bound that wait.
 *
 * <p>Source of the requests: Amazon S3 API Reference.
 */
public final class S3ObjectStore implements ObjectStore {
    private final S3Client client;
    private final S3Settings settings;
    private final S3Requests requests;
    private final S3Errors errors;
    private final CredentialsInUse credentials;

    private S3ObjectStore(S3Client client, S3Settings settings, CredentialsInUse credentials) {
        this.client = client;
        this.settings = settings;
        this.credentials = credentials;
        this.requests = new S3Requests(settings);
        this.errors = new S3Errors(settings, credentials, Clock.systemUTC());
    }

    /** As {@link #open(S3Settings, S3Credentials)}, with the credentials that AWS's own chain finds. */
    public static S3ObjectStore open(S3Settings settings) throws PgAgentException {
        return open(settings, new S3Credentials.Chain());
    }

    /**
     * Gets ready to send requests; sends none yet.
     *
     * @throws PgAgentException of kind CONFIGURATION without a region, or with a CA file that cannot be used
     */
    public static S3ObjectStore open(S3Settings settings, S3Credentials credentials) throws PgAgentException {
        return open(settings, CredentialsInUse.of(credentials));
    }

    static S3ObjectStore open(S3Settings settings, CredentialsInUse credentials) throws PgAgentException {
        return new S3ObjectStore(new S3Connector(settings).connect(credentials), settings, credentials);
    }

    @Override
    public ObjectInfo put(ObjectKey key, ByteBuffer content, WriteCondition condition) throws IOException {
        ObjectStore.requireContent(content);
        HeapContent bytes = new HeapContent(content);
        try {
            PutObjectResponse answer = client.putObject(requests.put(key, bytes, condition), bytes.body());
            String etag = errors.requireTold(answer.eTag(), "the ETag of " + key);
            return new ObjectInfo(
                    key, content.remaining(), ETags.read(etag), ServerTime.orHere(answer.sdkHttpResponse()));
        } catch (SdkException e) {
            throw errors.translate(S3Action.PUT, key, condition, e);
        }
    }

    @Override
    public MultipartUpload startUpload(ObjectKey key) throws IOException {
        String mark = S3Upload.newMark();
        try {
            String id = client.createMultipartUpload(requests.startUpload(key, mark))
                    .uploadId();
            errors.requireTold(id, "the id of the upload of " + key);
            return new S3Upload(client, requests, errors, new S3Upload.Identity(key, id, mark));
        } catch (SdkException e) {
            throw errors.translate(S3Action.START_UPLOAD, key.value(), e);
        }
    }

    @Override
    public InputStream get(ObjectKey key, ByteRange range) throws IOException {
        try {
            ResponseInputStream<GetObjectResponse> content = client.getObject(requests.get(key, range));
            Optional<PgAgentException> unfit = unfit(key, range, content.response());
            if (unfit.isPresent()) {
                content.abort();
                throw unfit.get();
            }
            return new S3RangeInputStream(
                    content,
                    range.length(),
                    settings.limits().requestMax(range.length()),
                    e -> errors.translateContent(key, e));
        } catch (SdkException e) {
            throw errors.translate(S3Action.GET, key.value(), e);
        }
    }

    /** What is wrong with an answer, told by its headers; the content shows whether they were true. */
    private Optional<PgAgentException> unfit(ObjectKey key, ByteRange range, GetObjectResponse answer) {
        String sent = answer.contentRange();
        String wanted = "bytes " + range.start() + "-" + (range.end() - 1) + "/";
        if (sent == null) {
            return Optional.of(errors.notAsAsked("the store ignored that a range of " + key + " was asked for"));
        }
        if (sent.startsWith(wanted)) {
            return Optional.empty();
        }
        return Optional.of(
                sent.startsWith("bytes " + range.start() + "-")
                        ? errors.tooShort(
                                key,
                                "ends before byte " + range.end() + ", which was asked for (the store sent " + sent
                                        + ")")
                        : errors.notAsAsked("the store sent " + sent + " of " + key + " instead of " + wanted));
    }

    @Override
    public ObjectContent getSmall(ObjectKey key, int sizeMaxBytes) throws IOException {
        try (ResponseInputStream<GetObjectResponse> content = client.getObject(requests.getWhole(key))) {
            try {
                return small(key, sizeMaxBytes, content);
            } catch (SdkException e) {
                content.abort();
                throw errors.translateContent(key, e);
            } catch (IOException e) {
                content.abort();
                throw e;
            }
        } catch (SdkException e) {
            throw errors.translate(S3Action.GET, key.value(), e);
        } catch (PgAgentException e) {
            throw e;
        } catch (IOException e) {
            throw errors.translateContent(key, e);
        }
    }

    private ObjectContent small(ObjectKey key, int sizeMaxBytes, ResponseInputStream<GetObjectResponse> content)
            throws IOException {
        long size = errors.requireTold(content.response().contentLength(), "the length of " + key);
        String etag = errors.requireTold(content.response().eTag(), "the ETag of " + key);
        if (size > sizeMaxBytes) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    key + " in " + settings.bucket() + " has " + size + " bytes, more than the " + sizeMaxBytes
                            + " that it may have",
                    "Something else than pgagent has written it.");
        }
        byte[] bytes = new byte[(int) size];
        AnswerContent answer =
                new AnswerContent(content, size, settings.limits().requestMax(size));
        int got = answer.readNBytes(bytes, 0, bytes.length);
        // The SDK compares the checksum at the end, or when it is asked for what lies behind.
        if (got < size || answer.read() >= 0) {
            throw errors.notAsAsked("the store did not send the " + size + " bytes of " + key + " that it told of");
        }
        return new ObjectContent(bytes, ETags.read(etag));
    }

    @Override
    public Optional<ObjectInfo> head(ObjectKey key) throws IOException {
        try {
            HeadObjectResponse answer = client.headObject(requests.head(key));
            return Optional.of(errors.requireInfo(key, answer));
        } catch (S3Exception e) {
            if (e.statusCode() >= 500) {
                throw errors.translate(S3Action.HEAD, key.value(), e);
            }
            return headWithReason(key);
        } catch (SdkException e) {
            throw errors.translate(S3Action.HEAD, key.value(), e);
        }
    }

    /**
     * Asks for one byte, whose refusal says why: a refused HEAD has no content, so 404 may be a missing bucket as well as a
     * missing object, 403 a skewed clock as well as a missing right.
     */
    private Optional<ObjectInfo> headWithReason(ObjectKey key) throws IOException {
        try {
            client.getObject(requests.get(key, new ByteRange(0, 1))).abort();
        } catch (NoSuchKeyException e) {
            return Optional.empty();
        } catch (SdkException e) {
            throw errors.translate(S3Action.HEAD, key.value(), e);
        }
        try {
            return Optional.of(errors.requireInfo(key, client.headObject(requests.head(key)))); // it has come meanwhile
        } catch (S3Exception e) {
            throw errors.notAsAsked("the store refused to tell about " + key + ", but not to read it");
        } catch (SdkException e) {
            throw errors.translate(S3Action.HEAD, key.value(), e);
        }
    }

    @Override
    public ObjectListing list(String prefix, ListDepth depth, Optional<String> from) throws IOException {
        try {
            ListObjectsV2Response answer = client.listObjectsV2(requests.list(prefix, depth, from));
            boolean more = errors.requireTold(answer.isTruncated(), "whether a listing goes on");
            if (more && answer.nextContinuationToken() == null) {
                throw errors.notAsAsked("the store says that a listing goes on, but not where");
            }
            return new ObjectListing(
                    S3Listings.objects(settings.bucket(), answer),
                    S3Listings.folders(settings.bucket(), answer),
                    more ? Optional.of(answer.nextContinuationToken()) : Optional.empty());
        } catch (SdkException e) {
            throw errors.translate(S3Action.LIST, "'" + prefix + "'", e);
        }
    }

    @Override
    public void delete(List<ObjectKey> keys) throws IOException {
        ObjectStore.requireDeletable(keys);
        if (keys.isEmpty()) {
            return;
        }
        List<PgAgentException> refused = new ArrayList<>();
        try {
            client.deleteObjects(requests.delete(keys)).errors().stream()
                    .filter(error -> !"NoSuchKey".equals(error.code()))
                    .map(error -> errors.translate(S3Action.DELETE, error.key(), error.code(), error.message()))
                    .forEach(refused::add);
        } catch (SdkException e) {
            throw errors.translate(S3Action.DELETE, keys.size() + " objects", e);
        }
        if (!refused.isEmpty()) {
            PgAgentException first = refused.get(0);
            refused.stream().skip(1).forEach(first::addSuppressed);
            throw first;
        }
    }

    @Override
    public List<UnfinishedUpload> unfinishedUploads(String prefix) throws IOException {
        try {
            ListMultipartUploadsResponse answer = client.listMultipartUploads(requests.listUploads(prefix));
            errors.requireTold(answer.isTruncated(), "whether a listing of uploads goes on");
            return S3Listings.uploads(settings.bucket(), answer);
        } catch (SdkException e) {
            throw errors.translate(S3Action.LIST_UPLOADS, "'" + prefix + "'", e);
        }
    }

    @Override
    public void abort(UnfinishedUpload upload) throws IOException {
        try {
            client.abortMultipartUpload(requests.abort(upload.key(), upload.uploadId()));
        } catch (SdkException e) {
            if (!S3Errors.hasCode(e, "NoSuchUpload")) {
                throw errors.translate(S3Action.ABORT_UPLOAD, upload.key().value(), e);
            }
        }
    }

    @Override
    public String describe() {
        return settings.bucket().toString();
    }

    @Override
    public String identity() {
        return settings.identity();
    }

    @Override
    public void close() {
        client.close();
        credentials.close();
    }
}
