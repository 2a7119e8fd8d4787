package org.pgagent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.pgagent.command.Verb;
import org.pgagent.repository.RepositoryJson;
import picocli.CommandLine;

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

    @Test
    void the_schemas_are_what_the_documents_are() throws IOException {
        for (String words : JsonDocuments.all().keySet()) {
            String text = RepositoryJson.mapper()
                    .writerWithDefaultPrettyPrinter()
                    .writeValueAsString(JsonDocuments.schema(words));
            holdOrWrite("schema/" + ReferenceOfJson.file(words), text + "\n");
        }
        holdOrWrite("json.md", ReferenceOfJson.text());
    }

    /** None is left of a document that is no more. */
    @Test
    void each_schema_belongs_to_a_document() throws IOException {
        Set<String> files =
                JsonDocuments.all().keySet().stream().map(ReferenceOfJson::file).collect(Collectors.toSet());
        try (Stream<Path> stored = Files.list(DOCS.resolve("schema"))) {
            assertThat(stored.map(file -> file.getFileName().toString())).containsExactlyInAnyOrderElementsOf(files);
        }
    }

    @Test
    void every_verb_that_prints_json_says_what() {
        for (Verb verb : CapturedProgram.silentWiring().verbs()) {
            CommandLine line = new CommandLine(verb);
            boolean json = line.getCommandSpec().findOption("--json") != null;
            assertThat(verb.documents().isEmpty()).as(line.getCommandName()).isNotEqualTo(json);
        }
    }
}
