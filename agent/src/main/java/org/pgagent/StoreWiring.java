package org.pgagent;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.pgagent.command.OpenStore;
import org.pgagent.config.BucketUrl;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.storage.CountingObjectStore;
import org.pgagent.storage.FileObjectStore;
import org.pgagent.storage.KeyPrefix;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.Retries;
import org.pgagent.storage.RetryPolicy;
import org.pgagent.storage.RetryingObjectStore;
import org.pgagent.storage.s3.S3Bucket;
import org.pgagent.storage.s3.S3Endpoint;
import org.pgagent.storage.s3.S3Limits;
import org.pgagent.storage.s3.S3ObjectOptions;
import org.pgagent.storage.s3.S3ObjectStore;
import org.pgagent.storage.s3.S3Settings;
import org.pgagent.storage.s3.ServerEncryption;

/** Builds the store that the settings name, with what counts and retries around it. */
final class StoreWiring {
    private final Clock clock;
    private final RandomGenerator random;
    private final Cancellation cancellation;

    /** @param cancellation ends the wait for the next try of a request */
    StoreWiring(Clock clock, RandomGenerator random, Cancellation cancellation) {
        this.clock = clock;
        this.random = random;
        this.cancellation = cancellation;
    }

    OpenStore open(Settings settings) throws PgAgentException {
        CountingObjectStore counting = new CountingObjectStore(bare(settings));
        RetryPolicy usual = RetryPolicy.DEFAULT;
        RetryPolicy policy = new RetryPolicy(
                settings.get(Setting.RETRIES) + 1, usual.totalMax(), usual.firstDelay(), usual.delayMax());
        return new OpenStore(
                new RetryingObjectStore(counting, new Retries(policy, clock, random, cancellation::sleep)),
                counting::counts);
    }

    private ObjectStore bare(Settings settings) throws PgAgentException {
        BucketUrl place = place(settings);
        if (place instanceof BucketUrl.Directory directory) {
            return FileObjectStore.open(directory.path(), random);
        }
        S3Bucket bucket = ((BucketUrl.Bucket) place).s3();
        return S3ObjectStore.open(new S3Settings(bucket, endpoint(settings), objects(settings), limits(settings)));
    }

    private static BucketUrl place(Settings settings) throws PgAgentException {
        BucketUrl place = settings.get(Setting.BUCKET);
        Optional<KeyPrefix> prefix = settings.find(Setting.PREFIX);
        try {
            return prefix.isPresent() ? place.below(prefix.get()) : place;
        } catch (IllegalArgumentException e) {
            throw new PgAgentException(
                    ErrorKind.CONFIGURATION,
                    "bucket " + place + " and prefix '" + prefix.get() + "' contradict each other: " + e.getMessage(),
                    "Give the prefix once: as --prefix or in s3://bucket/prefix.",
                    e);
        }
    }

    private static S3Endpoint endpoint(Settings settings) throws PgAgentException {
        return new S3Endpoint(
                settings.find(Setting.ENDPOINT),
                settings.find(Setting.REGION),
                settings.get(Setting.PATH_STYLE),
                settings.find(Setting.CA_FILE));
    }

    private static S3ObjectOptions objects(Settings settings) throws PgAgentException {
        Optional<String> key = settings.find(Setting.SSE_KMS_KEY);
        ServerEncryption encryption = switch (settings.get(Setting.SSE)) {
            case BUCKET -> new ServerEncryption.BucketDefault();
            case S3 -> new ServerEncryption.SseS3();
            case KMS -> new ServerEncryption.SseKms(key);
        };
        if (key.isPresent() && !(encryption instanceof ServerEncryption.SseKms)) {
            throw new PgAgentException(
                    ErrorKind.CONFIGURATION,
                    "sse-kms-key is set, and sse is not kms, so the key would not be used",
                    "Set sse to kms, or leave the key out.");
        }
        return new S3ObjectOptions(settings.find(Setting.STORAGE_CLASS), encryption);
    }

    private static S3Limits limits(Settings settings) throws PgAgentException {
        S3Limits usual = S3Limits.DEFAULT;
        Duration request = settings.get(Setting.REQUEST_TIMEOUT);
        Duration silence = request.compareTo(usual.silenceMax()) < 0 ? request : usual.silenceMax();
        Duration connect = request.compareTo(usual.connectMax()) < 0 ? request : usual.connectMax();
        return new S3Limits(connect, silence, request, usual.connectionsMax());
    }
}
