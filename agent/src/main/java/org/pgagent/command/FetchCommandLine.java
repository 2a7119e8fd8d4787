package org.pgagent.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.pgagent.config.Origin;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import org.pgagent.config.Settings.Assignment;
import org.pgagent.config.SettingsReader;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.restore.CopyRole;

/**
 * The {@code restore_command} of a restored cluster: this program, told of the same repository. What came from options or
 * from the environment is written out, for the server has neither; what came from the usual configuration file is read
 * there again.
 */
final class FetchCommandLine {
    /** Before version 16 the server has 1,023 bytes for the command with the names put in, and a drill puts a check before it. */
    private static final int LENGTH_MAX = 850;

    /** A server that follows for ever asks again itself, and neither streams nor is promoted while its command waits. */
    private static final String STANDBY_RETRIES = "1";

    private FetchCommandLine() {}

    static String text(Path program, Settings settings, CopyRole role) throws PgAgentException {
        List<String> words = new ArrayList<>(List.of(quoted(program.toString()), "wal-fetch", "%f", "%p"));
        if (role == CopyRole.STANDBY) {
            words.add(WalFetchCommand.STANDBY);
            if (isDefault(settings.assignment(Setting.RETRIES))) {
                words.addAll(List.of(Setting.RETRIES.option(), STANDBY_RETRIES));
            }
        }
        repository(settings).forEach(word -> words.add(quoted(word)));
        String text = String.join(" ", words);
        if (text.length() > LENGTH_MAX) {
            throw new PgAgentException(
                    ErrorKind.CONFIGURATION,
                    "restore_command would have " + text.length() + " characters; PostgreSQL takes about a thousand",
                    "Put the settings of the store into " + SettingsReader.DEFAULT_FILE + " on this host.");
        }
        return text;
    }

    /** The {@code archive_command} of a cluster, by the same rules: this program, told where and how to store. */
    static String archiveCommand(Path program, Settings settings) {
        List<String> words = new ArrayList<>(List.of(quoted(program.toString()), "wal-push", "%p"));
        options(settings, Set.of(SettingGroup.REPOSITORY, SettingGroup.OBJECTS))
                .forEach(word -> words.add(quoted(word)));
        return String.join(" ", words);
    }

    /** A line of {@code postgresql.conf}. */
    static String configurationLine(String name, String value) {
        return name + " = '" + value.replace("'", "''") + "'";
    }

    /** The options that name the same repository to another call of this program. */
    static List<String> repository(Settings settings) {
        return options(settings, Set.of(SettingGroup.REPOSITORY));
    }

    private static List<String> options(Settings settings, Set<SettingGroup> groups) {
        List<String> words = new ArrayList<>();
        for (Setting<?> setting : Setting.ALL) {
            Optional<Assignment> assignment = settings.assignment(setting);
            if (groups.contains(setting.group()) && assignment.isPresent() && mustBeTold(assignment.get())) {
                words.add(setting.option());
                words.add(absolute(assignment.get()));
            }
        }
        otherFile(settings).ifPresent(file -> words.addAll(List.of("--config", file.toString())));
        return words;
    }

    private static boolean mustBeTold(Assignment assignment) {
        return switch (assignment.origin().source()) {
            case OPTION, ENVIRONMENT -> true;
            case FILE, DEFAULT -> false;
        };
    }

    private static boolean isDefault(Optional<Assignment> assignment) {
        return assignment.isPresent() && assignment.get().origin().source() == Origin.Source.DEFAULT;
    }

    /** A file other than the usual one that some setting came from. */
    private static Optional<Path> otherFile(Settings settings) {
        return Setting.ALL.stream()
                .flatMap(setting -> settings.assignment(setting).stream())
                .filter(assignment -> assignment.origin().source() == Origin.Source.FILE)
                .map(assignment -> Path.of(assignment.origin().where()).toAbsolutePath())
                .filter(file -> !file.equals(SettingsReader.DEFAULT_FILE))
                .findFirst();
    }

    /** The server runs the command in its data directory. */
    private static String absolute(Assignment assignment) {
        return assignment.value() instanceof Path path ? path.toString() : assignment.text();
    }

    /** For the shell, and with PostgreSQL's own escape for the percent sign. */
    private static String quoted(String word) {
        String shell = word.matches("[A-Za-z0-9_@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
        return shell.replace("%", "%%");
    }

    /** The program that users call: the one beside this Java runtime, or else whatever is found by its name. */
    static Path program() {
        Path beside =
                Path.of(System.getProperty("java.home")).resolveSibling("bin").resolve("pgagent");
        return Files.isExecutable(beside) ? beside : Path.of("pgagent");
    }

    /** For messages: all words as one line. */
    static String shellLine(List<String> words) {
        return words.stream().map(word -> quoted(word).replace("%%", "%")).collect(Collectors.joining(" "));
    }
}
