package org.pgagent.storage.s3;

import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/** What an error response of the store means to us. */
final class AnswerErrors {
    private static final Set<String> CREDENTIALS_REFUSED = Set.of(
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "ExpiredToken",
            "InvalidToken",
            "TokenRefreshRequired",
            "InvalidSecurity",
            "NotSignedUp",
            "AccountProblem");
    /** Refusals with a status of 400 that another try may well not meet: the bytes were damaged or late on their way. */
    private static final Set<String> HARMED_ON_THE_WAY = Set.of(
            "BadDigest",
            "XAmzContentChecksumMismatch",
            "XAmzContentSHA256Mismatch",
            "IncompleteBody",
            "RequestTimeout",
            "RequestTimeoutException",
            "InternalError",
            "SlowDown",
            "ServiceUnavailable",
            "Throttling",
            "OperationAborted",
            "ConditionalRequestConflict");

    private static final Pattern EXPECTED_REGION = Pattern.compile("expecting '([a-z0-9-]+)'");

    private final S3Settings settings;
    private final CredentialsInUse credentials;
    private final Clock clock;

    AnswerErrors(S3Settings settings, CredentialsInUse credentials, Clock clock) {
        this.settings = settings;
        this.credentials = credentials;
        this.clock = clock;
    }

    PgAgentException translate(S3Action action, String failed, S3Errors.Answer answer, Exception cause) {
        String fact = failed + ": " + said(answer);
        Optional<Diagnosis> diagnosis = byCode(action, answer).or(() -> byStatus(action, answer));
        Diagnosis found = diagnosis.orElseGet(() -> new Diagnosis(
                ErrorKind.STORE_DENIED,
                "",
                "Check that --endpoint names an S3 server that knows this request, and look up the error code there."));
        return new PgAgentException(found.kind(), fact + found.addition(), found.hint(), cause);
    }

    /** @param addition goes to the end of the message */
    private record Diagnosis(ErrorKind kind, String addition, String hint) {}

    private static String said(S3Errors.Answer answer) {
        String text = answer.code().isEmpty()
                ? "HTTP status " + answer.status() + " without an S3 error"
                : answer.code() + (answer.message().isEmpty() ? "" : ", " + answer.message());
        return text
                + answer.header("x-amz-request-id")
                        .map(id -> " (request " + id + ")")
                        .orElse("");
    }

    private Optional<Diagnosis> byCode(S3Action action, S3Errors.Answer answer) {
        String code = answer.code();
        Optional<String> region = rightRegion(answer);
        if (region.isPresent()) {
            return Optional.of(new Diagnosis(
                    ErrorKind.CONFIGURATION,
                    "; the bucket is in the region " + region.get(),
                    "Set --region " + region.get() + "."));
        }
        if (CREDENTIALS_REFUSED.contains(code)) {
            return Optional.of(new Diagnosis(
                    ErrorKind.STORE_DENIED, "", "pgagent used " + credentials.describe() + "; " + remedy(code)));
        }
        if (HARMED_ON_THE_WAY.contains(code)) {
            return Optional.of(storeFailed());
        }
        return switch (code) {
            case "NoSuchBucket" ->
                Optional.of(new Diagnosis(
                        ErrorKind.STORE_MISSING,
                        "",
                        "Check the bucket's name in --bucket and the server in --endpoint, or create the bucket."));
            case "RequestTimeTooSkewed" -> Optional.of(clockSkew(answer));
            case "AccessDenied", "AllAccessDisabled" -> Optional.of(accessDenied(action));
            case "InvalidObjectState" ->
                Optional.of(new Diagnosis(
                        ErrorKind.STORE_DENIED,
                        "",
                        "Have the object brought back from its archive storage class first."));
            case "InvalidRange" -> Optional.of(tooShort());
            case "NoSuchUpload" ->
                Optional.of(
                        new Diagnosis(
                                ErrorKind.STORE_DENIED,
                                "; somebody else has aborted or completed the upload",
                                "Look for a lifecycle rule or a clean-up that aborts uploads early, and run the command again."));
            case "PermanentRedirect" ->
                Optional.of(new Diagnosis(
                        ErrorKind.CONFIGURATION, "", "Set --region and --endpoint to where the bucket is."));
            default -> Optional.empty();
        };
    }

    private static Optional<String> rightRegion(S3Errors.Answer answer) {
        boolean elsewhere = answer.status() == 301
                || answer.code().equals("AuthorizationHeaderMalformed")
                || answer.code().equals("IllegalLocationConstraintException");
        if (!elsewhere) {
            return Optional.empty();
        }
        Matcher expected = EXPECTED_REGION.matcher(answer.message());
        return answer.header("x-amz-bucket-region")
                .or(() -> expected.find() ? Optional.of(expected.group(1)) : Optional.empty());
    }

    private Diagnosis clockSkew(S3Errors.Answer answer) {
        return new Diagnosis(
                ErrorKind.STORE_CLOCK_SKEW,
                "; this host's clock says " + clock.instant().truncatedTo(ChronoUnit.SECONDS) + ", the store's "
                        + ServerTime.of(answer.http()).map(Object::toString).orElse("is not told"),
                "Set this host's clock, and keep it right with NTP (chrony or systemd-timesyncd).");
    }

    private Diagnosis accessDenied(S3Action action) {
        return new Diagnosis(
                ErrorKind.STORE_DENIED,
                "",
                "pgagent used " + credentials.describe() + "; give it the right " + action.right() + " on "
                        + settings.bucket() + ".");
    }

    private static String remedy(String code) {
        return switch (code) {
            case "SignatureDoesNotMatch" -> "check the secret that belongs to it.";
            case "InvalidAccessKeyId" -> "the store does not know it, check it and --endpoint.";
            case "ExpiredToken", "TokenRefreshRequired" -> "get a new session token.";
            default -> "check it.";
        };
    }

    private Optional<Diagnosis> byStatus(S3Action action, S3Errors.Answer answer) {
        int status = answer.status();
        if (status == 401 || status == 403) {
            return Optional.of(accessDenied(action));
        }
        if (status == 416) {
            return Optional.of(tooShort());
        }
        if (status == 400 && answer.code().isEmpty() && !settings.endpoint().speaksTls()) {
            return Optional.of(new Diagnosis(
                    ErrorKind.STORE_TLS,
                    "; it may expect TLS",
                    "Write https:// instead of http:// in --endpoint, or name the port where the store speaks plain"
                            + " http."));
        }
        // 200: an error within an answer that began as success.
        boolean mayPass = status == 200
                || status == 307
                || status == 408
                || status == 409
                || status == 429
                || (status >= 500 && status != 501 && status != 505);
        return mayPass ? Optional.of(storeFailed()) : Optional.empty();
    }

    private static Diagnosis tooShort() {
        return new Diagnosis(
                ErrorKind.CORRUPTED,
                "; the object is shorter than it was when it was stored",
                "See who else writes there, and take a new backup; 'pgagent show' lists those to restore instead.");
    }

    private Diagnosis storeFailed() {
        return new Diagnosis(
                ErrorKind.STORE_FAILED,
                "",
                "Look into the store's own log and status page; run the command again when it is well.");
    }
}
