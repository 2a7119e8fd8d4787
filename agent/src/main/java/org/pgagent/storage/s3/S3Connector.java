package org.pgagent.storage.s3;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.TrustManager;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.SdkAdvancedClientOption;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.AwsProfileRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.SystemSettingsRegionProvider;
import software.amazon.awssdk.services.s3.LegacyMd5Plugin;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * Builds the SDK's client.
 *
 * <ul>
 *   <li>No retries: {@link org.pgagent.storage.RetryingObjectStore} has them all.
 *   <li>No chunked encoding and no checksums of the SDK's own: content goes out as it is, with the CRC-32C that we compute,
 *       and with a Content-MD5 where S3 insists on a checksum, which stores older than S3's checksums understand too.
 *   <li>{@code Expect: 100-continue} stays on for large content, so that a store can refuse before it has been sent; without
 *       it a refusal in the middle often arrives as a broken connection.
 * </ul>
 */
final class S3Connector {
    private static final Region REGION_OF_OTHER_STORES = Region.US_EAST_1;

    private static final Duration THREAD_IDLE_MAX = Duration.ofSeconds(10);

    private final S3Settings settings;

    S3Connector(S3Settings settings) {
        this.settings = settings;
    }

    /** @throws PgAgentException of kind CONFIGURATION without a region or with a CA file that cannot be used */
    S3Client connect(CredentialsInUse credentials) throws PgAgentException {
        S3ClientBuilder builder = S3Client.builder()
                .httpClientBuilder(httpClient())
                .credentialsProvider(credentials)
                .forcePathStyle(settings.endpoint().usesPathStyle())
                .serviceConfiguration(service -> service.chunkedEncodingEnabled(false))
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .crossRegionAccessEnabled(false)
                .disableS3ExpressSessionAuth(true)
                .addPlugin(LegacyMd5Plugin.create())
                .overrideConfiguration(common -> common.retryStrategy(AwsRetryStrategy.doNotRetry())
                        .scheduledExecutorService(timeouts())
                        .apiCallTimeout(settings.limits().requestMax())
                        .apiCallAttemptTimeout(settings.limits().requestMax())
                        .putAdvancedOption(SdkAdvancedClientOption.USER_AGENT_PREFIX, "pgagent"));
        settings.endpoint().uri().ifPresent(builder::endpointOverride);
        settings.endpoint().region().map(Region::of).ifPresentOrElse(builder::region, () -> {
            if (settings.endpoint().uri().isPresent()) {
                builder.region(regionOfOtherStore());
            }
        });
        try {
            return builder.build();
        } catch (SdkClientException e) {
            throw new PgAgentException(
                    ErrorKind.CONFIGURATION,
                    "no region is set for " + settings.bucket() + " at AWS",
                    "Give --region, or set AWS_REGION or the region in ~/.aws/config; for a store that is not AWS, give"
                            + " --endpoint.",
                    e);
        }
    }

    /**
     * Ends what takes too long. The SDK's own executor keeps the time-out of every request that was answered until it would have
     * taken place, which are many thousands for an agent that archives.
     */
    private static ScheduledExecutorService timeouts() {
        ScheduledThreadPoolExecutor timeouts = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "s3-timeouts");
            thread.setDaemon(true);
            return thread;
        });
        timeouts.setRemoveOnCancelPolicy(true);
        timeouts.setKeepAliveTime(THREAD_IDLE_MAX.toMillis(), TimeUnit.MILLISECONDS);
        timeouts.allowCoreThreadTimeOut(true);
        return timeouts;
    }

    private Apache5HttpClient.Builder httpClient() throws PgAgentException {
        S3Limits limits = settings.limits();
        Apache5HttpClient.Builder http = Apache5HttpClient.builder()
                .maxConnections(limits.connectionsMax())
                .connectionTimeout(limits.connectMax())
                .connectionAcquisitionTimeout(limits.silenceMax())
                .socketTimeout(limits.silenceMax())
                .tcpKeepAlive(true);
        if (!settings.endpoint().speaksTls()) {
            http.tlsTrustManagersProvider(TrustedAuthorities::nobody);
        } else if (settings.endpoint().caFile().isPresent()) {
            TrustManager[] trusted =
                    TrustedAuthorities.read(settings.endpoint().caFile().get());
            http.tlsTrustManagersProvider(() -> trusted);
        }
        return http;
    }

    /** Without asking the instance metadata of AWS, which such a host has not. */
    private static Region regionOfOtherStore() {
        try {
            return new AwsRegionProviderChain(new SystemSettingsRegionProvider(), new AwsProfileRegionProvider())
                    .getRegion();
        } catch (SdkClientException e) {
            return REGION_OF_OTHER_STORES;
        }
    }
}
