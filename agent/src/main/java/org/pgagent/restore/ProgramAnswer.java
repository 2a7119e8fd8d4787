package org.pgagent.restore;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a program of this host says of itself. It is asked for a hint, so that it does not answer is no failure. */
final class ProgramAnswer {
    private static final long SECONDS_MAX = 10;
    private static final int BYTES_MAX = 1000;

    private ProgramAnswer() {}

    /**
     * The first group of a pattern in what the program says; empty if it is not there, is silent for ten seconds, or says
     * something else.
     */
    static Optional<String> find(Pattern sought, String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return Optional.empty();
            }
            Matcher answer = sought.matcher(
                    new String(process.getInputStream().readNBytes(BYTES_MAX), StandardCharsets.US_ASCII));
            return answer.find() ? Optional.of(answer.group(1)) : Optional.empty();
        } catch (IOException notAProgram) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
