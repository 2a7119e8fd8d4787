package org.pgagent.command;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import org.pgagent.config.SettingsReader;
import org.pgagent.error.ErrorKind;
import org.pgagent.postgres.ControlFileReader;
import org.pgagent.serve.Agent;
import org.pgagent.serve.AgentDirectory;
import org.pgagent.serve.AgentLog;
import org.pgagent.serve.Lifetime;
import org.pgagent.serve.MetricsPort;
import org.pgagent.wal.ArchiveStatistics;
import org.pgagent.wal.ReadyFiles;
import org.pgagent.wal.TransferPlaces;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pgagent serve}. */
@Command(
        name = "serve",
        header = "Runs the agent that answers wal-push and wal-fetch, until it is told to stop.",
        description =
                "There is no need to start it: wal-push and wal-fetch do. Started by hand or by systemd, it stays when"
                        + " the server stops, and its options hold for all of them.",
        footer = {"  pgagent serve -D /var/lib/postgresql/18/main"})
public final class ServeCommand implements Verb {
    private final Surroundings surroundings;

    @Option(
            names = "--by-command",
            hidden = true,
            description = "The program starts the agent this way: it belongs to the run of the server.")
    private boolean byCommand;

    @Spec
    private CommandSpec spec;

    public ServeCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(
                Set.of(SettingGroup.REPOSITORY, SettingGroup.OBJECTS, SettingGroup.AGENT),
                Setting.PGDATA,
                Setting.COMPRESS,
                Setting.JOBS);
    }

    /**
     * A request to stop is what ends an agent; there is nothing wrong with it. Nor is there if two callers have started one
     * each, for they find the one that was quicker.
     */
    @Override
    public int exitCode(ErrorKind kind) {
        boolean done = kind == ErrorKind.INTERRUPTED || (byCommand && kind == ErrorKind.ALREADY_RUNNING);
        return done ? SUCCESS : kind.exitCode();
    }

    @Override
    public int run(Settings settings) throws IOException {
        Path dataDirectory = settings.get(Setting.PGDATA).toRealPath();
        new ControlFileReader().read(dataDirectory); // says in good words if it is none
        AgentDirectory directory = new AgentDirectory(dataDirectory);
        Lifetime lifetime = byCommand
                ? Lifetime.ofTheServersRun(
                        surroundings.cancellation(),
                        dataDirectory,
                        surroundings.programDirectory(),
                        settings.get(Setting.IDLE_TIMEOUT))
                : Lifetime.untilStopped(surroundings.cancellation(), dataDirectory, surroundings.programDirectory());
        TransferPlaces places = new TransferPlaces(Math.min(settings.get(Setting.JOBS), ServedArchive.TRANSFERS_MAX));
        new Agent(directory, lifetime).run(() -> begin(directory, places, settings));
        return SUCCESS;
    }

    private Agent.Work begin(AgentDirectory directory, TransferPlaces places, Settings settings) throws IOException {
        Clock clock = surroundings.clock();
        ArchiveStatistics statistics = new ArchiveStatistics(clock);
        ServedArchive.Shared shared = new ServedArchive.Shared(surroundings, directory, statistics, places);
        Optional<Settings> told = Optional.of(settings)
                .filter(own -> !byCommand && own.find(Setting.BUCKET).isPresent());
        WalDesk desk = new WalDesk(requestSettings(), shared, new AgentReport(directory, statistics, clock), told);
        AgentMetrics metrics = new AgentMetrics(directory, statistics, desk::inSpool, clock);
        return new Work(
                desk,
                new ReadyFiles(directory.walDirectory()),
                new AgentLog(directory),
                new MetricsPort(settings.find(Setting.METRICS_PORT), metrics.all()));
    }

    /** Whoever starts an agent by need starts it for others, too: what it was told itself is not told to them. */
    private RequestSettings requestSettings() {
        Supplier<CommandLine> program = () -> ProgramLine.of(surroundings.verbs(), surroundings.console());
        return byCommand
                ? new RequestSettings(
                        program,
                        SettingsReader.withoutSettings(surroundings.environment()),
                        surroundings.configurationFile(),
                        Optional.empty())
                : new RequestSettings(
                        program,
                        surroundings.environment(),
                        surroundings.configurationFile(),
                        Optional.of(spec.commandLine().getParseResult()));
    }

    /** The desk, and what goes on behind it. */
    private record Work(WalDesk desk, ReadyFiles ready, AgentLog log, MetricsPort metrics) implements Agent.Work {
        @Override
        public void tick() {
            desk.tick();
            log.keepShort();
            metrics.tick();
        }

        @Override
        public String remaining() {
            try {
                return "waiting_files=" + ready.backlog().files();
            } catch (IOException e) {
                return "waiting_files=unknown";
            }
        }

        @Override
        public void close() {
            metrics.close();
            desk.close();
        }
    }
}
