package org.pgagent.storage.s3;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.UnfinishedUpload;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The answers to listings as values. Leaves out what pgagent cannot have written, such as a console's folder marks. */
final class S3Listings {
    private S3Listings() {}

    /**
     * The objects of one page.
     *
     * @throws PgAgentException of kind STORE_FAILED if an object has no ETag: gateways that keep objects as files list one
     *     so for a moment while it is written, and it must not count as there, nor be passed over
     */
    static List<ObjectInfo> objects(S3Bucket bucket, ListObjectsV2Response answer) throws PgAgentException {
        List<ObjectInfo> objects = new ArrayList<>();
        for (S3Object found : answer.contents()) {
            Optional<ObjectKey> key = bucket.relative(found.key());
            if (key.isEmpty()) {
                continue;
            }
            if (found.eTag() == null) {
                throw new PgAgentException(
                        ErrorKind.STORE_FAILED,
                        "the store lists " + found.key() + " without an ETag",
                        "It may have been written at that moment: try again. If it stays so, it is what a server that keeps"
                                + " objects as files left when it was killed: delete it there.");
            }
            objects.add(new ObjectInfo(key.get(), found.size(), ETags.read(found.eTag()), found.lastModified()));
        }
        return objects;
    }

    static List<ObjectKey> folders(S3Bucket bucket, ListObjectsV2Response answer) {
        List<ObjectKey> folders = new ArrayList<>();
        for (CommonPrefix found : answer.commonPrefixes()) {
            String name = found.prefix();
            bucket.relative(name.substring(0, name.length() - 1)).ifPresent(folders::add);
        }
        return folders;
    }

    static List<UnfinishedUpload> uploads(S3Bucket bucket, ListMultipartUploadsResponse answer) {
        List<UnfinishedUpload> uploads = new ArrayList<>();
        for (MultipartUpload found : answer.uploads()) {
            // Without a time it counts as just begun: better kept too long than aborted under a live writer.
            Instant startedAt = Optional.ofNullable(found.initiated()).orElseGet(Instant::now);
            bucket.relative(found.key())
                    .ifPresent(key -> uploads.add(new UnfinishedUpload(key, found.uploadId(), startedAt)));
        }
        return uploads;
    }
}
