package org.pgagent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Holds what the house rules say about the text of a source file. */
final class TidyTest {
    private static final int LINES_MAX = 400;

    private static final Path HOUSE = Path.of("").toAbsolutePath().getParent();
    private static final Path MAIN = HOUSE.resolve("agent/src/main/java");
    private static final Path COMMANDS = MAIN.resolve("org/pgagent/command");
    private static final Path PROGRAM = MAIN.resolve("org/pgagent/Main.java");

    private enum Scope {
        EVERYWHERE,
        TESTS,
        ENGINE;

        boolean has(Path file) {
            return switch (this) {
                case EVERYWHERE -> true;
                case TESTS -> !file.startsWith(MAIN);
                case ENGINE -> file.startsWith(MAIN) && !file.startsWith(COMMANDS) && !file.equals(PROGRAM);
            };
        }
    }

    /** What no source file has, and what to do instead; the patterns are written so that they do not match themselves. */
    private enum Banned {
        UNFINISHED("T[O]DO|F[I]XME", Scope.EVERYWHERE, "an unfinished thing belongs into an issue"),
        DRAWER(
                "^package .*\\.(u[t]ils?|c[o]mmon|i[m]pl|m[a]nagers?|h[e]lpers?)\\b",
                Scope.EVERYWHERE,
                "a package is a stage or a layer"),
        SLEEP("Thread\\.s[l]eep|SECONDS\\.s[l]eep", Scope.TESTS, "poll for the condition, with a deadline"),
        SWITCHED_OFF("@D[i]sabled|@I[g]nore\\b", Scope.TESTS, "a test that does not run is no test"),
        PRINTED("System\\.(out|err)\\b", Scope.ENGINE, "commands print through the console, everything else logs");

        private final Pattern pattern;
        private final Scope scope;
        private final String instead;

        Banned(String pattern, Scope scope, String instead) {
            this.pattern = Pattern.compile(pattern, Pattern.MULTILINE);
            this.scope = scope;
            this.instead = instead;
        }
    }

    @ParameterizedTest
    @EnumSource
    void no_source_file_has(Banned banned) throws IOException {
        List<Path> found = sourceFiles().stream()
                .filter(banned.scope::has)
                .filter(file -> banned.pattern.matcher(read(file)).find())
                .toList();

        assertThat(found).as(banned.instead).isEmpty();
    }

    @Test
    void a_source_file_has_an_end() throws IOException {
        List<String> longOnes = sourceFiles().stream()
                .filter(file -> read(file).lines().count() > LINES_MAX)
                .map(file -> HOUSE.relativize(file) + ": " + read(file).lines().count() + " lines")
                .toList();

        assertThat(longOnes).as("at most %d lines; 300 is the aim", LINES_MAX).isEmpty();
    }

    @Test
    void every_package_says_what_it_is() throws IOException {
        List<Path> silent;
        try (Stream<Path> directories = Files.walk(MAIN).filter(Files::isDirectory)) {
            silent = directories
                    .filter(TidyTest::hasClasses)
                    .filter(directory -> !Files.exists(directory.resolve("package-info.java")))
                    .toList();
        }

        assertThat(silent).isEmpty();
    }

    private static boolean hasClasses(Path directory) {
        String[] names = directory.toFile().list((parent, name) -> name.endsWith(".java"));
        return names != null && names.length > 0;
    }

    private static List<Path> sourceFiles() throws IOException {
        try (Stream<Path> files = Files.walk(HOUSE)) {
            List<Path> sources = files.filter(Files::isRegularFile)
                    .filter(file -> !HOUSE.relativize(file).toString().matches("(.*/)?target/.*"))
                    .filter(file -> file.toString().matches(".*\\.(java|c|h|sh|py)"))
                    .toList();
            assertThat(sources).as("the test looks at the right directory").hasSizeGreaterThan(20);
            return sources;
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
