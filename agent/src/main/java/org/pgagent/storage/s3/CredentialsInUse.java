package org.pgagent.storage.s3;

import java.util.concurrent.atomic.AtomicReference;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/**
 * Hands the credentials to the SDK and remembers which they were, so that messages can name them without telling a secret.
 * Thread-safe.
 */
final class CredentialsInUse implements AwsCredentialsProvider, SdkAutoCloseable {
    private static final int SHOWN_LENGTH = 4;

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
                    "there are no credentials for " + bucket,
                    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE with a profile in ~/.aws, for the "
                            + "operating system user '" + System.getProperty("user.name")
                            + "'; on AWS, give the instance or container a role.",
                    getCause());
        }
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
                + credentials.providerName().map(name -> " (from " + name + ")").orElse("");
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
