package org.pgagent.command;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.pgagent.backup.BackupType;
import org.pgagent.config.Choice;
import org.pgagent.config.NearestName;
import org.pgagent.error.ErrorKind;
import org.pgagent.postgres.Lsn;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.ChangedBy;
import org.pgagent.restore.CopyRole;
import org.pgagent.restore.TargetAction;
import org.pgagent.restore.TargetTimeline;
import org.pgagent.wal.RestoreCommandStatus;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line of {@code pgagent}: its verbs, and what picocli must know to read them and to print help. */
public final class ProgramLine {
    private static final int HELP_WIDTH = 80;
    private static final int OPTIONS_COLUMN_WIDTH = 30;

    private ProgramLine() {}

    @Command(
            name = "pgagent",
            header = "Base backups and WAL of PostgreSQL, in S3-compatible storage and back.",
            synopsisHeading = "Usage: ",
            customSynopsis = "pgagent VERB [OPTIONS] [ARGUMENTS]",
            commandListHeading = "%nVerbs:%n",
            optionListHeading = "%nOptions:%n",
            footer = {
                "",
                "pgagent VERB --help tells the options of a verb.",
                "Each setting may also come from the environment (PGAGENT_BUCKET, ...)",
                "or from /etc/pgagent/pgagent.toml (bucket = \"...\").",
                "Options of pg_rman are understood: docs/pg_rman.md."
            },
            versionProvider = Version.class)
    private static final class Root {}

    private static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"pgagent " + ProgramVersion.current()};
        }
    }

    /**
     * The parser for one line. Where the line begins with a verb it knows no other verb: to make them all ready costs a tenth of
     * a second.
     */
    public static CommandLine of(List<Verb> verbs, Console console, String... arguments) {
        List<Verb> asked = verbs.stream()
                .filter(verb -> arguments.length > 0 && name(verb).equals(arguments[0]))
                .toList();
        return of(asked.isEmpty() ? verbs : asked, console);
    }

    private static String name(Verb verb) {
        return verb.getClass().getAnnotation(Command.class).name();
    }

    /** The parser of any line, with all these verbs. */
    public static CommandLine of(List<Verb> verbs, Console console) {
        CommandLine root = new CommandLine(new Root());
        root.getCommandSpec().parser().collectErrors(true);
        root.getCommandSpec()
                .addOption(helpOption())
                .addOption(OptionSpec.builder("-V", "--version")
                        .versionHelp(true)
                        .description("Print the version and exit.")
                        .build());
        for (Verb verb : verbs) {
            CommandLine line = new CommandLine(verb);
            CommandSpec spec = line.getCommandSpec();
            SettingOptions.add(spec, verb.settings());
            spec.usageMessage()
                    .abbreviateSynopsis(true)
                    .synopsisHeading("Usage: ")
                    .descriptionHeading("%n")
                    .parameterListHeading("%n")
                    .optionListHeading("%nOptions:%n")
                    .footerHeading(spec.usageMessage().footer().length == 0 ? "" : "%nExamples:%n")
                    .sortOptions(false);
            spec.parser().collectErrors(true);
            root.addSubcommand(line);
        }
        CommandLine help = new CommandLine(new HelpCommand());
        help.getCommandSpec().addOption(helpOption());
        root.addSubcommand(help);
        registerTypes(root);
        root.setUsageHelpWidth(HELP_WIDTH)
                .setUsageHelpLongOptionsMaxWidth(OPTIONS_COLUMN_WIDTH)
                .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
                .setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
        return root;
    }

    static OptionSpec helpOption() {
        return OptionSpec.builder("--help")
                .usageHelp(true)
                .description("Print this and exit.")
                .build();
    }

    /**
     * Reads a line.
     *
     * @throws ParameterException for the gravest of its mistakes: an unknown option makes others look wrong, and a malformed
     *     argument is taken for one too many
     */
    public static ParseResult parse(CommandLine line, String... arguments) {
        ParseResult parsed = line.parseArgs(arguments);
        List<Exception> mistakes = new ArrayList<>(parsed.errors());
        if (parsed.hasSubcommand()) {
            mistakes.addAll(parsed.subcommand().errors());
            SettingOptions.repeated(parsed.subcommand()).ifPresent(mistakes::add);
            OtherNames.refused(parsed.subcommand()).ifPresent(mistakes::add);
        }
        Optional<ParameterException> gravest =
                mistakes.stream().map(ParameterException.class::cast).min(Comparator.comparing(ProgramLine::rank));
        if (gravest.isPresent()) {
            throw gravest.get();
        }
        return parsed;
    }

    private static int rank(ParameterException mistake) {
        if (mistake instanceof UnmatchedArgumentException) {
            return firstUnknown(mistake).orElse("").startsWith("-") ? 0 : 2;
        }
        return 1;
    }

    private static void registerTypes(CommandLine root) {
        register(root, BackupId.class, BackupId::new);
        register(root, Lsn.class, Lsn::parse);
        register(root, TargetTimeline.class, TargetTimeline::parse);
        register(root, BackupType.class, text -> Choice.parseBeginning(BackupType.class, text));
        register(root, ChangedBy.class, text -> Choice.parse(ChangedBy.class, text));
        register(root, TargetAction.class, text -> Choice.parse(TargetAction.class, text));
        register(root, CopyRole.class, text -> Choice.parse(CopyRole.class, text));
    }

    /** Teaches picocli a type whose parser throws IllegalArgumentException with a good example. */
    private static <T> void register(CommandLine root, Class<T> type, Function<String, T> parser) {
        root.registerConverter(type, text -> {
            try {
                return parser.apply(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        });
    }

    /** What is wrong with a line that cannot be read. */
    public static String message(ParameterException failure) {
        Optional<String> unknown = firstUnknown(failure);
        if (unknown.isEmpty()) {
            String message = failure.getMessage();
            return message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
        }
        String written = unknown.get();
        if (written.startsWith("-")) {
            return "unknown option " + written;
        }
        boolean verb = failure.getCommandLine().getParent() == null;
        return verb ? "pgagent has no verb '" + written + "'" : "one argument too many: '" + written + "'";
    }

    /** What to do about it. */
    public static String hint(ParameterException failure) {
        CommandLine line = failure.getCommandLine();
        String help = "Try: " + line.getCommandSpec().qualifiedName() + " --help";
        Set<String> known = new HashSet<>(line.getSubcommands().keySet());
        known.addAll(line.getCommandSpec().optionsMap().keySet());
        return firstUnknown(failure)
                .flatMap(written -> NearestName.to(written.replaceFirst("=.*", ""), known))
                .map(name -> "Did you mean " + name + "? " + help)
                .orElseGet(() -> line.getParent() != null
                        ? help
                        : "First comes a verb, then its options. The verbs: "
                                + String.join(", ", line.getSubcommands().keySet()) + ".");
    }

    private static Optional<String> firstUnknown(ParameterException failure) {
        return failure instanceof UnmatchedArgumentException unmatched
                ? unmatched.getUnmatched().stream().min(Comparator.comparing(argument -> !argument.startsWith("-")))
                : Optional.empty();
    }

    /** The exit status for a line that cannot be read; the verb may be what is misspelt. */
    public static int usageExitCode(ParameterException failure, String... arguments) {
        CommandLine line = failure.getCommandLine();
        Set<String> verbs = (line.getParent() == null ? line : line.getParent())
                .getSubcommands()
                .keySet();
        boolean fetch = Arrays.stream(arguments)
                .anyMatch(argument -> NearestName.to(argument, verbs).equals(Optional.of(WalFetchCommand.NAME)));
        // A low status tells PostgreSQL that the archive ends here, and it would end recovery early.
        return fetch ? RestoreCommandStatus.DOUBT : ErrorKind.USAGE.exitCode();
    }
}
