package org.pgagent.command;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgagent.config.Setting;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Names that options have besides their own: those of pg_rman, whose scripts and habits shall go on working. Help does not list
 * them; {@code docs/pg_rman.md} does.
 */
final class OtherNames {
    /** Names that mean the same, by the option's own one, on whichever verb that is. */
    private static final Map<String, List<String>> SAME = Map.ofEntries(
            entry("--dry-run", List.of("-c", "--check")),
            entry("--type", List.of("-b", "--backup-mode")),
            entry("--all", List.of("--show-all")),
            entry("--force", List.of("-f")),
            entry("--user", List.of("--username")),
            entry("--target-time", List.of("--recovery-target-time")),
            entry("--target-xid", List.of("--recovery-target-xid")),
            entry("--target-timeline", List.of("--recovery-target-timeline")),
            entry("--target-action", List.of("--recovery-target-action")),
            entry("--with-serverlog", List.of("-s")),
            entry("--keep-full", List.of("--keep-data-generations")),
            entry("--keep-days", List.of("--keep-data-days")),
            entry("--keep-wal-days", List.of("--keep-arclog-days")));

    /** A name without a value that gives a setting one. */
    private record Fixed(List<String> names, Setting<?> setting, String value) {
        String meaning() {
            return setting.option() + " " + value;
        }
    }

    private static final List<Fixed> FIXED = List.of(
            new Fixed(List.of("-C", "--smooth-checkpoint"), Setting.CHECKPOINT, "spread"),
            new Fixed(List.of("-Z", "--compress-data"), Setting.COMPRESS, "lz4"),
            new Fixed(List.of("-P"), Setting.PROGRESS, "auto"),
            new Fixed(List.of("-v", "--verbose"), Setting.LOG_LEVEL, "debug"),
            new Fixed(List.of("-!", "--debug"), Setting.LOG_LEVEL, "debug"),
            new Fixed(List.of("-q", "--quiet"), Setting.LOG_LEVEL, "error"));

    /** Names that ask for what is so anyway. */
    private static final Map<List<String>, String> ANYWAY = Map.of(
            List.of("-w", "--no-password"), "pgagent never asks for a password",
            List.of("--hard-copy"), "no WAL in the restored cluster is a link");

    /** Names of what has no place here, and what takes it. */
    private static final Map<List<String>, String> GONE = Map.of(
            List.of("-B", "--backup-path"), "the repository is what --bucket says",
            List.of("-A", "--arclog-path"), "WAL goes into the repository (archive_command = 'pgagent wal-push %p')",
            List.of("-S", "--srvlog-path"),
                    "the server itself says where its logs are (log_directory); for a restore there is --serverlog-dir",
            List.of("-G", "--pgconf-path"),
                    "configuration outside of the data directory is not PostgreSQL's to back up: keep it with the host's",
            List.of("-W", "--password"), "passwords come from ~/.pgpass or PGPASSWORD, and nobody is asked for one",
            List.of("--keep-arclog-files"), "archived WAL is kept by need and by days, never by number of files");

    private OtherNames() {}

    /** Adds those of what a verb has. */
    static void add(CommandSpec spec) {
        for (OptionSpec option : List.copyOf(spec.options())) {
            List<String> names = of(option.longestName());
            if (!names.isEmpty()) {
                spec.addOption(OptionSpec.builder(option)
                        .names(names.toArray(String[]::new))
                        .hidden(true)
                        .build());
            }
        }
        for (Fixed fixed : FIXED) {
            if (spec.optionsMap().containsKey(fixed.setting().option())) {
                spec.addOption(flag(fixed.names(), fixed.meaning()));
            }
        }
        ANYWAY.forEach((names, meaning) -> spec.addOption(flag(names, meaning)));
        GONE.forEach((names, instead) -> spec.addOption(OptionSpec.builder(names.toArray(String[]::new))
                .hidden(true)
                .arity("0..1")
                .type(String.class)
                .description(instead.replace("%", "%%"))
                .build()));
    }

    private static OptionSpec flag(List<String> names, String meaning) {
        return OptionSpec.builder(names.toArray(String[]::new))
                .hidden(true)
                .type(boolean.class)
                .description(meaning.replace("%", "%%"))
                .build();
    }

    private static List<String> of(String option) {
        return SAME.getOrDefault(option, List.of());
    }

    /** The values that a setting was given on a line, by any of its names. */
    static List<String> values(Setting<?> setting, ParseResult parsed) {
        List<String> values = new ArrayList<>(texts(setting.option(), parsed));
        of(setting.option()).forEach(name -> values.addAll(texts(name, parsed)));
        for (Fixed fixed : FIXED) {
            if (fixed.setting() == setting && isGiven(fixed.names(), parsed) && !values.contains(fixed.value())) {
                values.add(fixed.value());
            }
        }
        return values;
    }

    private static List<String> texts(String name, ParseResult parsed) {
        OptionSpec option = parsed.matchedOption(name);
        if (option == null) {
            return List.of();
        }
        List<String> texts = option.originalStringValues();
        return texts.isEmpty() ? List.of(option.getValue().toString()) : texts;
    }

    private static boolean isGiven(List<String> names, ParseResult parsed) {
        return names.stream().anyMatch(parsed::hasMatchedOption);
    }

    /** The mistake that there is one that has no place here. */
    static Optional<ParameterException> refused(ParseResult parsed) {
        return GONE.entrySet().stream()
                .filter(gone -> isGiven(gone.getKey(), parsed))
                .findFirst()
                .map(gone -> new ParameterException(
                        parsed.commandSpec().commandLine(),
                        "pg_rman's " + String.join(", ", gone.getKey()) + " has no place here: " + gone.getValue()));
    }
}
