package org.pgagent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Holds the references of settings and errors to the code that they are made from. With {@code -Dreferences=write} it
 * writes them instead.
 */
final class GeneratedReferenceTest {
    private static final Path DOCS = Path.of("").toAbsolutePath().resolveSibling("docs");

    private static void holdOrWrite(String name, String text) throws IOException {
        Path file = DOCS.resolve(name);
        if ("write".equals(System.getProperty("references"))) {
            Files.writeString(file, text);
        }
        assertThat(Files.readString(file))
                .as("docs/%s; renew it with: mvn -pl agent test -Dtest=GeneratedReferenceTest -Dreferences=write", name)
                .isEqualTo(text);
    }

    @Test
    void the_reference_of_settings_is_what_the_table_of_settings_says() throws IOException {
        holdOrWrite("configuration.md", ReferenceOfSettings.text());
    }

    @Test
    void the_reference_of_errors_is_what_the_table_of_errors_says() throws IOException {
        holdOrWrite("errors.md", ReferenceOfErrors.text());
    }
}
