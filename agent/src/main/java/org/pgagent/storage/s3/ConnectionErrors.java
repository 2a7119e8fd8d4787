package org.pgagent.storage.s3;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.xml.stream.XMLStreamException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;

/** What kept the store from answering, told by the exceptions of the network, of TLS and of the HTTP client. */
final class ConnectionErrors {
    private static final int CAUSES_MAX = 20;

    private final S3Settings settings;

    ConnectionErrors(S3Settings settings) {
        this.settings = settings;
    }

    /** @param failed what was tried, to begin the message with */
    PgAgentException translate(String failed, Exception e) {
        return known(failed, e).orElseGet(() -> misled(failed, e));
    }

    /** The same once the answer's content is read: settings cannot be to blame any more. */
    PgAgentException translateContent(String failed, Exception e) {
        return known(failed, e).orElseGet(() -> damaged(failed, e));
    }

    private Optional<PgAgentException> known(String failed, Exception e) {
        List<Throwable> causes = causes(e);
        Optional<CredentialsInUse.NotFoundException> noCredentials =
                first(causes, CredentialsInUse.NotFoundException.class);
        if (noCredentials.isPresent()) {
            return Optional.of(noCredentials.get().translated(settings.bucket()));
        }
        if (has(causes, ApiCallTimeoutException.class) || has(causes, ApiCallAttemptTimeoutException.class)) {
            return Optional.of(unreachable(failed + ": " + settings.endpoint() + " took too long", e));
        }
        Optional<AnswerContent.TooSlowException> slow = first(causes, AnswerContent.TooSlowException.class);
        if (slow.isPresent()) {
            return Optional.of(unreachable(
                    failed + ": " + settings.endpoint() + " took too long: "
                            + slow.get().getMessage(),
                    e));
        }
        if (has(causes, AbortedException.class) || has(causes, InterruptedException.class)) {
            Thread.currentThread().interrupt();
            return Optional.of(
                    new PgAgentException(ErrorKind.INTERRUPTED, failed + ": interrupted", "Run the command again.", e));
        }
        return connection(failed, causes, e)
                .or(() -> tls(failed, causes, e))
                .or(() -> first(causes, XMLStreamException.class).map(xml -> unreadable(failed, xml, e)))
                .or(() -> has(causes, IOException.class) || mayPass(e)
                        ? Optional.of(broken(failed, causes, e))
                        : Optional.empty());
    }

    private static List<Throwable> causes(Throwable e) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable cause = e; cause != null && causes.size() < CAUSES_MAX; cause = cause.getCause()) {
            causes.add(cause);
        }
        return causes;
    }

    private static <T extends Throwable> Optional<T> first(List<Throwable> causes, Class<T> type) {
        return causes.stream().filter(type::isInstance).map(type::cast).findFirst();
    }

    private static boolean has(List<Throwable> causes, Class<? extends Throwable> type) {
        return first(causes, type).isPresent();
    }

    private static boolean mayPass(Exception e) {
        return e instanceof SdkException sdk && sdk.retryable();
    }

    private Optional<PgAgentException> connection(String failed, List<Throwable> causes, Exception e) {
        String where = settings.endpoint().toString();
        if (has(causes, ConnectionRequestTimeoutException.class)) {
            return Optional.of(new PgAgentException(
                    ErrorKind.STORE_FAILED,
                    failed + ": all " + settings.limits().connectionsMax() + " connections stayed busy",
                    "Lower --jobs.",
                    e));
        }
        Optional<UnknownHostException> unknown = first(causes, UnknownHostException.class);
        if (unknown.isPresent()) {
            return Optional.of(unreachable(
                    failed + ": no address is known for the host of " + where + " ("
                            + unknown.get().getMessage() + ")",
                    e));
        }
        if (has(causes, ConnectTimeoutException.class)) {
            return Optional.of(unreachable(
                    failed + ": connecting to " + where + " took longer than "
                            + seconds(settings.limits().connectMax()),
                    e));
        }
        if (has(causes, ConnectException.class) || has(causes, NoRouteToHostException.class)) {
            return Optional.of(unreachable(
                    failed + ": cannot connect to " + where + ": "
                            + innermost(causes).replaceFirst("^Connect to .* failed: ", ""),
                    e));
        }
        if (has(causes, SocketTimeoutException.class)) {
            return Optional.of(unreachable(
                    failed + ": " + where + " was silent for longer than "
                            + seconds(settings.limits().silenceMax()),
                    e));
        }
        return Optional.empty();
    }

    private Optional<PgAgentException> tls(String failed, List<Throwable> causes, Exception e) {
        Optional<SSLException> ssl = first(causes, SSLException.class);
        if (ssl.isEmpty()) {
            boolean gibberish = has(causes, HttpException.class) && !has(causes, NoHttpResponseException.class);
            return gibberish && !settings.endpoint().speaksTls()
                    ? Optional.of(tlsFailure(
                            failed + ": " + settings.endpoint() + " does not answer in plain http, it may expect TLS",
                            "Write https:// instead of http:// in --endpoint, or name the port where the store speaks"
                                    + " plain http.",
                            e))
                    : Optional.empty();
        }
        if (has(causes, SocketException.class)) {
            return Optional.empty(); // the connection broke under TLS
        }
        String reason = String.valueOf(ssl.get().getMessage());
        if (reason.contains("Unsupported or unrecognized SSL message") || reason.contains("plaintext")) {
            return Optional.of(tlsFailure(
                    failed + ": " + settings.endpoint() + " does not speak TLS on this port",
                    "Write http:// instead of https:// in --endpoint, or name the port where the store speaks TLS.",
                    e));
        }
        if (ssl.get() instanceof SSLPeerUnverifiedException || innermost(causes).contains("subject alternative")) {
            return Optional.of(tlsFailure(
                    failed + ": the certificate of " + settings.endpoint() + " is for another host: " + reason,
                    "Use a host name in --endpoint that the certificate has.",
                    e));
        }
        if (has(causes, CertificateException.class)) {
            return Optional.of(tlsFailure(
                    failed + ": the certificate of " + settings.endpoint() + " is not trusted: " + innermost(causes),
                    "Name the PEM file of the authority that signed it with --ca-file.",
                    e));
        }
        if (reason.contains("terminated the handshake")) {
            return Optional.of(new PgAgentException(
                    ErrorKind.STORE_UNREACHABLE,
                    failed + ": " + settings.endpoint() + " closed the connection instead of speaking TLS",
                    "Check that the port in --endpoint is the one where the store speaks TLS, and that it is running.",
                    e));
        }
        return Optional.of(tlsFailure(
                failed + ": TLS with " + settings.endpoint() + " failed: " + reason,
                "Check the store's certificate and TLS versions.",
                e));
    }

    private static PgAgentException tlsFailure(String fact, String hint, Exception e) {
        return new PgAgentException(ErrorKind.STORE_TLS, fact, hint, e);
    }

    private static String innermost(List<Throwable> causes) {
        return String.valueOf(causes.get(causes.size() - 1).getMessage());
    }

    private static String seconds(Duration duration) {
        return BigDecimal.valueOf(duration.toMillis(), 3).stripTrailingZeros().toPlainString() + " s";
    }

    private PgAgentException unreachable(String fact, Exception e) {
        return new PgAgentException(
                ErrorKind.STORE_UNREACHABLE,
                fact,
                "Check --endpoint, the network and the firewall between here and there, and that the store is running.",
                e);
    }

    private PgAgentException broken(String failed, List<Throwable> causes, Exception e) {
        // A port that expects TLS may hang up on plain http, and so may a server that is being restarted.
        boolean mayExpectTls = has(causes, NoHttpResponseException.class)
                && !settings.endpoint().speaksTls();
        return new PgAgentException(
                ErrorKind.STORE_FAILED,
                failed + ": the connection to " + settings.endpoint() + " broke: " + innermost(causes),
                mayExpectTls
                        ? "Check that the store is running, and that it speaks plain http on this port; if it speaks TLS,"
                                + " write https:// in --endpoint."
                        : "Run the command again; when it happens often, look at the network and at the store's log.",
                e);
    }

    /** Before all of it came, or because nobody but S3 answers so. */
    private PgAgentException unreadable(String failed, XMLStreamException xml, Exception e) {
        return new PgAgentException(
                ErrorKind.STORE_FAILED,
                failed + ": the answer of " + settings.endpoint() + " was cut short, or is none of S3's: "
                        + String.valueOf(xml.getMessage()).lines().findFirst().orElse(""),
                "Run the command again; if it says the same, check that --endpoint names an S3 server, and that nothing"
                        + " between here and there changes its answers.",
                e);
    }

    private PgAgentException misled(String failed, Exception e) {
        return new PgAgentException(
                ErrorKind.CONFIGURATION, failed + ": " + e.getMessage(), "Check --bucket, --endpoint and --region.", e);
    }

    private static PgAgentException damaged(String failed, Exception e) {
        return new PgAgentException(
                ErrorKind.STORE_FAILED,
                failed + ": " + e.getMessage(),
                "Run the command again; if it says the same, the object is damaged in the store or on the way from there.",
                e);
    }
}
