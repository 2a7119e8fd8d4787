package org.pgagent.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.kit.ToolRun;

/** What {@code man} and the shell know of the distribution's command line. */
final class ManualIT {
    private static final Distribution DISTRIBUTION = Distribution.built();
    private static final Path PAGES = DISTRIBUTION.resolve("share/man/man1");

    static Stream<Path> pages() throws IOException {
        try (Stream<Path> pages = Files.list(PAGES)) {
            return pages.sorted().toList().stream();
        }
    }

    static List<String> verbs() {
        String help = DISTRIBUTION.run("--help").output();
        return Pattern.compile("(?m)^  ([a-z-]+) {2,}[A-Z]")
                .matcher(help.substring(help.indexOf("Verbs:")))
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private static String text(Path page) {
        return ToolRun.successOf("groff", "-man", "-Tascii", "-P-bcou", "-rLL=500n", page.toString());
    }

    @Test
    void every_verb_has_a_page() throws IOException {
        assertThat(verbs()).hasSizeGreaterThan(10).contains("backup", "init");
        assertThat(pages().map(page -> page.getFileName().toString()).filter(name -> !name.equals("pgagent.1")))
                .containsExactlyInAnyOrderElementsOf(
                        verbs().stream().map(verb -> "pgagent-" + verb + ".1").toList());
        assertThat(text(PAGES.resolve("pgagent.1"))).contains(verbs()).contains("-V, --version");
    }

    @ParameterizedTest
    @MethodSource("pages")
    void groff_has_nothing_to_complain_about(Path page) {
        assertThat(ToolRun.of(List.of("groff", "-ww", "-man", "-Tutf8", "-z", page.toString())))
                .matches(run -> run.exitStatus() == 0)
                .extracting(ToolRun::output)
                .isEqualTo("");
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void a_page_has_every_option_of_the_help_and_its_words(String verb) {
        String help = DISTRIBUTION.run(verb, "--help").output();
        String page = text(PAGES.resolve("pgagent-" + verb + ".1"));
        List<String> options = Pattern.compile("(?m)^ {2,6}(?:-[A-Za-z], )?(--[a-z-]+)")
                .matcher(help)
                .results()
                .map(match -> match.group(1))
                .toList();

        assertThat(options).contains("--help");
        for (String option : options) {
            assertThat(page).containsPattern("(?m)^ +(-[A-Za-z], )?" + option + "([ =].*)?$");
        }
        assertThat(words(page)).contains(words(help.substring(0, help.indexOf("Usage:"))));
    }

    private static String words(String text) {
        return Pattern.compile("[A-Za-z0-9]+")
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .collect(Collectors.joining(" "));
    }

    @Test
    void what_means_something_in_a_markup_is_kept() {
        assertThat(text(PAGES.resolve("pgagent-backup.1")))
                .contains("in which * and ? stand for anything but a slash, and ** for anything, such as log/*.csv")
                .contains("--compress=none|lz4[:n]|zstd[:n]")
                .contains("       archive_command = 'pgagent wal-push %p'")
                .contains("pgagent backup --bucket my-backups --type full\n");
    }

    @ParameterizedTest
    @CsvSource({
        "ba,                             backup",
        "backup --check,                 backup --checkpoint",
        "backup --checkpoint s,          backup --checkpoint spread",
        "backup --rate,                  backup --rate-limit",
        "restore --target-action prom,   restore --target-action promote",
        "show --json --det,              show --json --detail"
    })
    void bash_completes(String typed, String completed) throws Exception {
        Process bash = new ProcessBuilder("script", "-qec", "bash --norc --noprofile -i", "/dev/null")
                .redirectErrorStream(true)
                .start();
        String session = "PS1='> '; source '" + DISTRIBUTION.resolve("share/bash-completion/completions/pgagent")
                + "'; pgagent() { printf '<%s>\\n' \"$*\"; }\n" + "pgagent " + typed + "\t\nexit\n";
        bash.getOutputStream().write(session.getBytes(StandardCharsets.UTF_8));
        bash.getOutputStream().flush();
        String output = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(bash.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(output).containsPattern("<" + completed + " ?>");
    }
}
