package org.pgagent.storage.s3;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.useragent.BusinessMetricFeatureId;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/**
 * Hands the credentials to the SDK and remembers which they were, so that messages can name them without telling a secret.
 * Thread-safe.
 */
final class CredentialsInUse implements AwsCredentialsProvider, SdkAutoCloseable {
    private static final int SHOWN_LENGTH = 4;

    /** Where credentials can come from, by the beginning of the SDK's own word for it. */
    private static final Map<String, String> SOURCES = Map.of(
            "CREDENTIALS_ENV_VARS", "the environment",
            "CREDENTIALS_PROFILE", "a profile in ~/.aws",
            "CREDENTIALS_SSO", "single sign-on",
            "CREDENTIALS_PROCESS", "a process that a profile names",
            "CREDENTIALS_STS", "an assumed role",
            "CREDENTIALS_HTTP", "the container's role",
            "CREDENTIALS_IMDS", "the instance's role");

    private final AwsCredentialsProvider provider;
    private final AtomicReference<String> description = new AtomicReference<>("no access key");

    CredentialsInUse(AwsCredentialsProvider provider) {
        this.provider = provider;
    }

    static CredentialsInUse of(S3Credentials credentials) {
        return new CredentialsInUse(
                credentials instanceof S3Credentials.Fixed fixed
                        ? StaticCredentialsProvider.create(identity(fixed))
                        : DefaultCredentialsProvider.builder().build());
    }

    private static AwsCredentials identity(S3Credentials.Fixed fixed) {
        return fixed.sessionToken()
                .<AwsCredentials>map(
                        token -> AwsSessionCredentials.create(fixed.accessKeyId(), fixed.secretAccessKey(), token))
                .orElseGet(() -> AwsBasicCredentials.create(fixed.accessKeyId(), fixed.secretAccessKey()));
    }

    /** Nobody in the chain had credentials; carried through the SDK to {@link S3Errors}. */
    static final class NotFoundException extends SdkClientException {
        private static final long serialVersionUID = 1L;

        private NotFoundException(SdkClientException cause) {
            super(SdkClientException.builder().message(cause.getMessage()).cause(cause));
        }

        PgAgentException translated(S3Bucket bucket) {
            return new PgAgentException(
                    ErrorKind.STORE_DENIED,
                    "there are no credentials for " + bucket + half(),
                    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE with a profile in ~/.aws, for the "
                            + "operating system user '" + System.getProperty("user.name")
                            + "'; on AWS, give the instance or container a role.",
                    getCause());
        }
    }

    /** What of the environment looks as if there should be some. */
    private static String half() {
        String profile = System.getenv("AWS_PROFILE");
        if (System.getenv("AWS_ACCESS_KEY_ID") != null && System.getenv("AWS_SECRET_ACCESS_KEY") == null) {
            return ": AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not";
        }
        return profile == null ? "" : ": AWS_PROFILE is '" + profile + "', and that profile has none";
    }

    @Override
    public AwsCredentials resolveCredentials() {
        AwsCredentials credentials;
        try {
            credentials = provider.resolveCredentials();
        } catch (SdkClientException e) {
            throw new NotFoundException(e);
        }
        description.set(describe(credentials));
        return credentials;
    }

    private static String describe(AwsCredentials credentials) {
        String id = credentials.accessKeyId();
        return "the access key ending in "
                + id.substring(Math.max(0, id.length() - SHOWN_LENGTH))
                + credentials
                        .providerName()
                        .flatMap(CredentialsInUse::source)
                        .map(from -> " (from " + from + ")")
                        .orElse("");
    }

    /** The SDK's names of its providers are codes for what it reports to AWS, such as {@code g}, or several with commas. */
    private static Optional<String> source(String codes) {
        List<String> known = List.of(codes.split(","));
        return Stream.of(BusinessMetricFeatureId.values())
                .filter(feature -> known.contains(feature.value()))
                .flatMap(feature -> SOURCES.entrySet().stream()
                        .filter(source -> feature.name().startsWith(source.getKey()))
                        .map(Map.Entry::getValue))
                .findFirst();
    }

    /** Which credentials the last request had, such as {@code the access key ending in WXYZ (from ...)}. */
    String describe() {
        return description.get();
    }

    @Override
    public void close() {
        if (provider instanceof SdkAutoCloseable closeable) {
            closeable.close();
        }
    }
}
