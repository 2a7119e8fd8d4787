package org.pgagent.wal;

import org.pgagent.kit.FaultyWire;
import org.pgagent.kit.FaultyWire.Ending;
import org.pgagent.kit.FaultyWire.Fault;

/** What can go wrong with one request to a store on its way there and back. */
enum WireTrouble {
    FAILED,
    BUSY,
    DENIED,
    RESET,
    NO_ANSWER,
    HALVED_ANSWER,
    HALVED_AND_RESET,
    FLIPPED_AT_BEGIN,
    FLIPPED_IN_THE_MIDDLE,
    FLIPPED_AT_END,
    FLIPPED_REQUEST,
    LOST_ANSWER;

    Fault fault() {
        return switch (this) {
            case FAILED -> FaultyWire.error("500 Internal Server Error", "InternalError", "");
            case BUSY -> FaultyWire.error("503 Slow Down", "SlowDown", "");
            case DENIED -> FaultyWire.error("403 Forbidden", "AccessDenied", "");
            case RESET -> new Fault.Reset();
            case NO_ANSWER -> new Fault.NoAnswer();
            case HALVED_ANSWER -> new Fault.HalvedAnswer(Ending.CLOSED);
            case HALVED_AND_RESET -> new Fault.HalvedAnswer(Ending.RESET);
            case FLIPPED_AT_BEGIN -> new Fault.FlippedAnswer(0);
            case FLIPPED_IN_THE_MIDDLE -> new Fault.FlippedAnswer(50);
            case FLIPPED_AT_END -> new Fault.FlippedAnswer(100);
            case FLIPPED_REQUEST -> new Fault.FlippedContent();
            case LOST_ANSWER -> new Fault.LostAnswer();
        };
    }

    /** Whether a request can meet this, told by its head. */
    boolean appliesTo(String head) {
        return switch (this) {
            case FLIPPED_AT_BEGIN, FLIPPED_IN_THE_MIDDLE, FLIPPED_AT_END -> head.startsWith("GET ");
            case FLIPPED_REQUEST -> head.lines().anyMatch(line -> line.matches("(?i)Content-Length: *[1-9].*"));
            // The answer to a HEAD has no content. Of one whose head is cut the client is left with a connection that
            // it takes for a good one, and without retries the next run would fail before it has sent anything.
            case HALVED_ANSWER, HALVED_AND_RESET -> !head.startsWith("HEAD ");
            case FAILED, BUSY, DENIED, RESET, NO_ANSWER, LOST_ANSWER -> true;
        };
    }
}
