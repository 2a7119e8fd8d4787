package org.pgagent.storage.s3;

import java.time.Clock;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.storage.ContentMismatchException;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectMissingException;
import org.pgagent.storage.WriteCondition;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * What the SDK and the store say, in our words. {@link AnswerErrors} has what the store answered, {@link ConnectionErrors}
 * what kept it from answering. Error codes: Amazon S3 API Reference, "Error responses".
 */
final class S3Errors {
    private final S3Settings settings;
    private final AnswerErrors answers;
    private final ConnectionErrors connections;

    S3Errors(S3Settings settings, CredentialsInUse credentials, Clock clock) {
        this.settings = settings;
        this.answers = new AnswerErrors(settings, credentials, clock);
        this.connections = new ConnectionErrors(settings);
    }

    /** What an error response says; texts are empty where it says nothing. */
    record Answer(int status, String code, String message, Optional<SdkHttpResponse> http) {
        Answer {
            code = code == null ? "" : code;
            message = message == null ? "" : message;
        }

        static Answer of(AwsServiceException e) {
            Optional<AwsErrorDetails> details = Optional.ofNullable(e.awsErrorDetails());
            return new Answer(
                    e.statusCode(),
                    details.map(AwsErrorDetails::errorCode).orElse(""),
                    details.map(AwsErrorDetails::errorMessage).orElse(""),
                    details.map(AwsErrorDetails::sdkHttpResponse));
        }

        Optional<String> header(String name) {
            return http.flatMap(response -> response.firstMatchingHeader(name));
        }
    }

    /** @param target the key or prefix */
    PgAgentException translate(S3Action action, String target, SdkException e) {
        String failed = "cannot " + action.verb() + " " + target + " in " + settings.bucket();
        if (e instanceof AwsServiceException service) {
            Answer answer = Answer.of(service);
            if (answer.code().equals("NoSuchKey")) {
                return new ObjectMissingException(target + " in " + settings.bucket(), e);
            }
            return answers.translate(action, failed, answer, e);
        }
        return connections.translate(failed, e);
    }

    /** The same for a write, whose condition may not have held. */
    PgAgentException translate(S3Action action, ObjectKey key, WriteCondition condition, SdkException e) {
        boolean conditional = !(condition instanceof WriteCondition.Always);
        if (conditional && e instanceof AwsServiceException service) {
            boolean gone = condition instanceof WriteCondition.IfUnchanged && hasCode(e, "NoSuchKey");
            if (service.statusCode() == 412 || gone) {
                return new ObjectChangedException(key + " in " + settings.bucket(), e);
            }
        }
        return translate(action, key.value(), e);
    }

    /** An error that was told within an answer of success, as for one of several keys. */
    PgAgentException translate(S3Action action, String target, String code, String message) {
        String failed = "cannot " + action.verb() + " " + target + " in " + settings.bucket();
        return answers.translate(action, failed, new Answer(200, code, message, Optional.empty()), null);
    }

    /** The content of an answer broke off, or is not what the store has a checksum of. */
    PgAgentException translateContent(ObjectKey key, Exception e) {
        if (e instanceof SdkClientException && String.valueOf(e.getMessage()).contains("different checksum")) {
            return new ContentMismatchException(key + " in " + settings.bucket(), e);
        }
        return connections.translateContent("cannot read " + key + " in " + settings.bucket(), e);
    }

    static boolean hasCode(SdkException e, String code) {
        return e instanceof AwsServiceException service
                && Answer.of(service).code().equals(code);
    }

    /**
     * Refuses a success without what S3 always tells; a web server that says yes to everything must not be believed that it
     * has stored something, nor an answer without content that there is nothing to list.
     */
    <T> T requireTold(T told, String what) throws PgAgentException {
        if (told == null) {
            throw notAsAsked("the store does not tell " + what);
        }
        return told;
    }

    /** The same for all that a head has. */
    ObjectInfo requireInfo(ObjectKey key, HeadObjectResponse head) throws PgAgentException {
        return new ObjectInfo(
                key,
                requireTold(head.contentLength(), "the length of " + key),
                ETags.read(requireTold(head.eTag(), "the ETag of " + key)),
                requireTold(head.lastModified(), "when " + key + " was written"));
    }

    PgAgentException tooShort(ObjectKey key, String fact) {
        return new PgAgentException(
                ErrorKind.CORRUPTED,
                key + " in " + settings.bucket() + " " + fact,
                "See who else writes there, and take a new backup; 'pgagent show' lists those to restore instead.");
    }

    PgAgentException notAsAsked(String what) {
        return new PgAgentException(
                ErrorKind.STORE_FAILED,
                what + " (" + settings.bucket() + " at " + settings.endpoint() + ")",
                "Check that --endpoint names an S3 server, and that nothing between here and there changes its answers.");
    }
}
