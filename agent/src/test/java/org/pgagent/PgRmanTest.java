package org.pgagent;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.command.ProgramLine;
import org.pgagent.command.SettingOptions;
import org.pgagent.config.Setting;
import org.pgagent.error.ErrorKind;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Everything of pg_rman by name: each is understood as it was, or docs/pg_rman.md says what takes its place. */
final class PgRmanTest {
    private static final Path PAGE = Path.of("").toAbsolutePath().resolveSibling("docs/pg_rman.md");

    /** Commands and options that the page names and that are not in this build yet. */
    private static final Set<String> TO_COME = Set.of();

    /** pg_rman 1.3.20, {@code pg_rman --help}: each option, with a line that has it; "-" where it has no place here. */
    private static final List<String> OPTIONS = List.of(
            "-D: restore -D /pg",
            "--pgdata: restore --pgdata /pg",
            "-A: -",
            "--arclog-path: -",
            "-B: -",
            "--backup-path: -",
            "-S: -",
            "--srvlog-path: -",
            "-G: -",
            "--pgconf-path: -",
            "-c: backup -c",
            "--check: restore -D /pg --check",
            "-v: show -v",
            "--verbose: show --verbose",
            "-q: backup -q",
            "--quiet: backup --quiet",
            "-!: backup -!",
            "--debug: backup --debug",
            "-P: backup -P",
            "--progress: restore --progress -D /pg",
            "-b: backup -b full",
            "--backup-mode: backup --backup-mode=incremental",
            "-s: backup -s",
            "--with-serverlog: backup --with-serverlog",
            "-Z: backup -Z",
            "--compress-data: backup --compress-data",
            "-C: backup -C",
            "--smooth-checkpoint: backup --smooth-checkpoint",
            "-F: backup -b incr -F",
            "--full-backup-on-error: backup --full-backup-on-error",
            "--keep-data-generations: expire --keep-data-generations 3",
            "--keep-data-days: expire --keep-data-days 3",
            "--keep-arclog-files: -",
            "--keep-arclog-days: expire --keep-arclog-days 3",
            "--keep-srvlog-files: expire --keep-srvlog-files 3",
            "--keep-srvlog-days: expire --keep-srvlog-days 3",
            "--standby-host: backup --standby-host a",
            "--standby-port: backup --standby-port 5432",
            "--recovery-target-time: restore -D /pg --recovery-target-time '2026-11-22 05:55:00+00'",
            "--recovery-target-xid: restore -D /pg --recovery-target-xid 700",
            "--recovery-target-inclusive: restore -D /pg --recovery-target-xid 700 --recovery-target-inclusive false",
            "--recovery-target-timeline: restore -D /pg --recovery-target-timeline 2",
            "--recovery-target-action: restore -D /pg --recovery-target-action pause",
            "--hard-copy: restore -D /pg --hard-copy",
            "-a: show -a",
            "--show-all: show --show-all",
            "-f: delete -f 20261122T055500Z-F",
            "--force: delete --force 20261122T055500Z-F",
            "-d: backup -d postgres",
            "--dbname: backup --dbname postgres",
            "-h: backup -h /tmp",
            "--host: backup --host /tmp",
            "-p: backup -p 5432",
            "--port: backup --port 5432",
            "-U: backup -U postgres",
            "--username: backup --username postgres",
            "-w: backup -w",
            "--no-password: backup --no-password",
            "-W: -",
            "--password: -",
            "--help: backup --help",
            "-V: -V",
            "--version: --version");

    /** Whole lines of pg_rman, without the place of its catalog. */
    private static final List<String> LINES = List.of(
            "init -D /pg",
            "backup -b full -C -P -Z -v",
            "backup -CPZv --backup-mode=f",
            "backup --backup-mode incremental --full-backup-on-error --progress --smooth-checkpoint",
            "show",
            "show detail",
            "show detail -a",
            "show '2026-11-22 05:55:00'",
            "show 2026-11",
            "purge -c",
            "delete --check -f '2026-11-01 00:00:00'",
            "delete --check -f --before '2026-11-01 00:00:00+00'");

    private static final List<String> REST = List.of(
            "`init`",
            "`backup`",
            "`restore`",
            "`show`",
            "`show detail`",
            "`show DATE`",
            "`show timeline`",
            "`validate`",
            "`delete DATE`",
            "`purge`",
            "`DATE`",
            "mode `full`",
            "mode `incremental`",
            "mode `archive`",
            "`pg_rman.ini`",
            "`backup.ini`",
            "`file_database.txt`",
            "`mkdirs.sh`",
            "`system_identifier`",
            "`timeline_history/`",
            "`OK`, `DONE`, `RUNNING`, `DELETING`, `DELETED`, `ERROR`, `CORRUPT`",
            "exit codes 20 to 26",
            "`snapshot_script`",
            "`black_list`",
            "the lock of the catalog",
            "ten seconds for the last WAL",
            "a build for each version of PostgreSQL");

    private static CommandLine line() {
        return ProgramLine.of(CapturedProgram.silentWiring().verbs(), CapturedProgram.silentConsole());
    }

    private static String[] words(String line) {
        return Arrays.stream(line.split(" (?=([^']*'[^']*')*[^']*$)"))
                .map(word -> word.replace("'", ""))
                .toArray(String[]::new);
    }

    private static ParseResult parse(String line) {
        return ProgramLine.parse(line(), words(line));
    }

    private static Set<String> namesOnThePage() throws IOException {
        return Files.readAllLines(PAGE).stream()
                .filter(text -> text.startsWith("| "))
                .map(text -> text.substring(0, text.indexOf(" |", 1)))
                .flatMap(text -> Pattern.compile("`([^`]+)`").matcher(text).results())
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    static Stream<String> options() {
        return OPTIONS.stream();
    }

    static Stream<String> lines() {
        return LINES.stream();
    }

    @ParameterizedTest
    @MethodSource("options")
    void an_option_is_on_the_page_and_understood_or_refused_with_what_takes_its_place(String row) throws IOException {
        String name = row.substring(0, row.indexOf(": "));
        String example = row.substring(row.indexOf(": ") + 2);

        assertThat(namesOnThePage()).contains(name);
        if (example.equals("-")) {
            assertThatThrownBy(() -> parse("backup " + name + " /somewhere"))
                    .isInstanceOf(ParameterException.class)
                    .hasMessageContaining("pg_rman's ")
                    .hasMessageContaining(name)
                    .hasMessageContaining(" has no place here: ");
        } else if (!TO_COME.contains(name)) {
            assertThatCode(() -> parse(example)).doesNotThrowAnyException();
        }
    }

    @Test
    void the_page_names_no_option_that_pg_rman_does_not_have() throws IOException {
        Set<String> known =
                OPTIONS.stream().map(row -> row.substring(0, row.indexOf(": "))).collect(Collectors.toSet());

        assertThat(namesOnThePage()).filteredOn(name -> name.startsWith("-")).isSubsetOf(known);
    }

    @ParameterizedTest
    @MethodSource("lines")
    void a_line_of_pg_rman_is_understood(String line) {
        assertThatCode(() -> parse(line)).doesNotThrowAnyException();
    }

    @Test
    void everything_else_of_pg_rman_is_on_the_page() throws IOException {
        String page = Files.readString(PAGE);

        for (String row : REST) {
            assertThat(page.lines()).as(row).anyMatch(text -> text.startsWith("| ") && text.contains(row));
        }
        assertThat(page.lines().filter(text -> text.startsWith("| ")))
                .allMatch(text -> text.split(" \\| ").length == 2);
    }

    @Test
    void what_the_page_says_is_there_is_there() throws IOException {
        Set<String> known = new TreeSet<>(TO_COME);
        CommandLine line = line();
        known.addAll(line.getSubcommands().keySet());
        line.getSubcommands()
                .values()
                .forEach(verb -> known.addAll(verb.getCommandSpec().optionsMap().keySet()));
        known.addAll(line.getCommandSpec().optionsMap().keySet());

        for (String text : Files.readAllLines(PAGE)) {
            if (text.startsWith("| ") && !text.startsWith("| pg_rman")) {
                Pattern.compile("(?<=[`\\s])--?[a-zA-Z!][a-z-]*")
                        .matcher(text)
                        .results()
                        .map(MatchResult::group)
                        .forEach(option -> assertThat(known).as(text).contains(option));
            }
        }
    }

    @Test
    void names_of_pg_rman_mean_what_ours_mean() {
        ParseResult backup = parse("backup -C -Z -P -q --username me -b incr").subcommand();

        assertThat(SettingOptions.given(backup))
                .containsEntry(Setting.CHECKPOINT, "spread")
                .containsEntry(Setting.COMPRESS, "lz4")
                .containsEntry(Setting.PROGRESS, "auto")
                .containsEntry(Setting.LOG_LEVEL, "error")
                .containsEntry(Setting.USER, "me")
                .hasSize(5);
        assertThat(SettingOptions.given(parse("backup --progress").subcommand()))
                .containsExactly(entry(Setting.PROGRESS, "auto"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "backup -C --checkpoint fast",
                "backup -v -q",
                "backup --user a --username b",
                "backup -Z --compress none",
                "restore -D /a --pgdata /b"
            })
    void names_that_contradict_each_other_are_refused(String line) {
        assertThatThrownBy(() -> parse(line))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("should be specified only once");
    }

    /** It could be the day whose backups are to go. */
    @ParameterizedTest
    @ValueSource(strings = {"2026-11-01", "2026-11", "2026-11-01 05:55", "2026-02-30 00:00:00"})
    void a_day_does_not_say_what_to_delete(String date) {
        CapturedProgram.Outcome outcome = new CapturedProgram()
                .with("PGAGENT_BUCKET", "file:///nonexistent")
                .run("delete", date);

        assertThat(outcome.status()).isEqualTo(ErrorKind.USAGE.exitCode());
        assertThat(outcome.err()).contains("--before");
    }
}
