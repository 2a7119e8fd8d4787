package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ConsoleTest {
    @Test
    void json_is_utf_8_whatever_the_encoding_of_the_stream_is() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(printed, true, StandardCharsets.US_ASCII);
        Console console = new Console(out, out, false);

        console.printJson(Map.of("note", "vor der Änderung"));
        console.print("end");

        assertThat(printed.toString(StandardCharsets.UTF_8))
                .isEqualTo("{\n  \"note\" : \"vor der Änderung\"\n}\nend\n");
    }
}
