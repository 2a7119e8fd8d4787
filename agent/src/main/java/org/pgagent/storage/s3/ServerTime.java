package org.pgagent.storage.s3;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import software.amazon.awssdk.http.SdkHttpResponse;

/** The store's clock, as the {@code Date} header of every answer tells it (RFC 9110, 6.6.1), to the second. */
final class ServerTime {
    private ServerTime() {}

    static Optional<Instant> of(Optional<SdkHttpResponse> response) {
        return response.flatMap(http -> http.firstMatchingHeader("Date")).flatMap(ServerTime::parse);
    }

    /** This host's clock where the store does not say. */
    static Instant orHere(SdkHttpResponse response) {
        return of(Optional.of(response)).orElseGet(Instant::now);
    }

    private static Optional<Instant> parse(String date) {
        try {
            return Optional.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date)));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
