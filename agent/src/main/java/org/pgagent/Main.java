package org.pgagent;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.pgagent.command.Console;
import org.pgagent.command.ProgramLine;
import org.pgagent.command.SettingOptions;
import org.pgagent.command.Verb;
import org.pgagent.config.LogFormat;
import org.pgagent.config.LogLevel;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.config.SettingsReader;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.Failure;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The program: reads the command line and the settings, runs the verb, and ends with the status that its outcome has. */
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    /** How long a signal waits for the work to stop in order. */
    private static final long ABORT_SECONDS_MAX = 30;

    /** After how long it says so. */
    private static final long SILENT_SECONDS_MAX = 2;

    private final Map<String, String> environment;
    private final Path configurationFile;
    private final Console console;
    private final Cancellation cancellation;

    private volatile int interruptedStatus = ErrorKind.INTERRUPTED.exitCode();
    private volatile FailureReport report;

    /**
     * A program whose surroundings are handed over.
     *
     * @param configurationFile the one that is read, if it is there, when nobody names one
     */
    public Main(Map<String, String> environment, Path configurationFile, Console console, Cancellation cancellation) {
        this.environment = Map.copyOf(environment);
        this.configurationFile = configurationFile;
        this.console = console;
        this.cancellation = cancellation;
        this.report = new FailureReport(console, LogFormat.TEXT, FailureReport.Causes.LEFT_OUT);
    }

    /** The command line with all its verbs, for what is made of it: man pages and the completion of shells. */
    public static CommandLine line() {
        Console console = Console.ofProcess(Map.of());
        Wiring wiring = new Wiring(Map.of(), SettingsReader.DEFAULT_FILE, console, new Cancellation());
        return ProgramLine.of(wiring.verbs(), console);
    }

    public static void main(String[] arguments) {
        Map<String, String> environment = System.getenv();
        Main main =
                new Main(environment, SettingsReader.DEFAULT_FILE, Console.ofProcess(environment), new Cancellation());
        CountDownLatch finished = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> main.stopInOrder(finished), "signal"));
        int status = main.run(arguments);
        finished.countDown();
        System.exit(status);
    }

    /** Runs when the JVM ends, which is after the work, or at SIGTERM or SIGINT in the middle of it. */
    private void stopInOrder(CountDownLatch finished) {
        if (finished.getCount() == 0) {
            return;
        }
        cancellation.request();
        try {
            if (!finished.await(SILENT_SECONDS_MAX, TimeUnit.SECONDS)) {
                LOG.warn("told to stop, waits for what is under way seconds_max={}", ABORT_SECONDS_MAX);
                if (!finished.await(ABORT_SECONDS_MAX - SILENT_SECONDS_MAX, TimeUnit.SECONDS)) {
                    PgAgentException unfinished = unfinished();
                    report.print(Failure.of(unfinished), unfinished);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // Otherwise the status would be 128 and the signal's number, whatever the work made of it.
        Runtime.getRuntime().halt(interruptedStatus);
    }

    /** The print stream keeps the reason for itself, so one byte more is tried. */
    @SuppressWarnings("resource") // closing it would close standard output
    private static PgAgentException unwritten() {
        IOException reason;
        try {
            new FileOutputStream(FileDescriptor.out).write('\n');
            reason = new IOException("try again");
        } catch (IOException e) {
            reason = e;
        }
        return new PgAgentException(
                FileSystemReason.saysFull(reason) ? ErrorKind.DISK_FULL : ErrorKind.LOCAL_IO,
                "the command has done its work, but its result could not be written to standard output: "
                        + FileSystemReason.of(reason),
                "Send standard output to where there is room and somebody reads it. 'pgagent show' tells what a backup came to.",
                reason);
    }

    private static PgAgentException unfinished() {
        return new PgAgentException(
                ErrorKind.INTERRUPTED,
                "stopped by a signal, and what was under way did not end within " + ABORT_SECONDS_MAX + " s",
                "It was ended as a kill would have ended it, which does no harm. Run the same command again.");
    }

    /** Runs one command line to its end and tells how it went; never throws. */
    public int run(String... arguments) {
        Wiring wiring = new Wiring(environment, configurationFile, console, cancellation);
        CommandLine line = ProgramLine.of(wiring.verbs(), console, arguments);
        try {
            ParseResult parsed = ProgramLine.parse(line, arguments);
            Integer helped = CommandLine.executeHelpRequest(parsed);
            return helped != null ? helped : run(parsed);
        } catch (ParameterException e) {
            report.print(new Failure(ErrorKind.USAGE, ProgramLine.message(e), ProgramLine.hint(e)), e);
            return ProgramLine.usageExitCode(e, arguments);
        }
    }

    private int run(ParseResult parsed) {
        if (!parsed.hasSubcommand()) {
            console.err().print(parsed.commandSpec().commandLine().getUsageMessage());
            return ErrorKind.USAGE.exitCode();
        }
        ParseResult verbLine = parsed.subcommand();
        Verb verb = (Verb) verbLine.commandSpec().userObject();
        interruptedStatus = verb.exitCode(ErrorKind.INTERRUPTED);
        try {
            Settings settings = verb.settings().isEmpty()
                    ? SettingsReader.defaults()
                    : new SettingsReader(environment, configurationFile)
                            .read(SettingOptions.given(verbLine), SettingOptions.file(verbLine));
            LogLevel level = settings.get(Setting.LOG_LEVEL);
            LogFormat format = settings.get(Setting.LOG_FORMAT);
            report = new FailureReport(console, format, FailureReport.Causes.at(level));
            LogSetup.to(console, level, format);
            int status = verb.run(settings);
            if (console.out().checkError()) {
                throw unwritten();
            }
            return status;
        } catch (Throwable thrown) {
            Failure failure = Failure.of(thrown);
            report.print(failure, thrown);
            return verb.exitCode(failure.kind());
        }
    }
}
