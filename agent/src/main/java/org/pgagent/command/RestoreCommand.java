package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ServerLogs;
import org.pgagent.restore.FileOwner;
import org.pgagent.restore.InstalledServers;
import org.pgagent.restore.LocalUser;
import org.pgagent.restore.Restore;
import org.pgagent.restore.RestoreDestination;
import org.pgagent.restore.RestorePlan;
import org.pgagent.restore.RestoreRequest;
import org.pgagent.restore.RestoreResult;
import org.pgagent.restore.ServerLogRestore;
import org.pgagent.restore.TablespaceMapping;
import org.pgagent.storage.ObjectStore;
import org.pgagent.transfer.TransferProgress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code pgagent restore}. */
@Command(
        name = "restore",
        header = "Puts a cluster back into an empty directory.",
        description = {
            "Chooses the newest backup that fits the target, prints the plan, writes the files and the settings for"
                    + " recovery. PostgreSQL replays the WAL when it is started there; it fetches it by 'pgagent"
                    + " wal-fetch'. A restore that was interrupted goes on when the same command is run again."
        },
        footer = {
            "  pgagent restore --bucket backups -D /var/lib/postgresql/17/main",
            "  pgagent restore --bucket backups -D /pg --target-time '2026-11-22 05:55:00+00'",
            "  pgagent restore --bucket backups -D /pg --dry-run",
            "  pgagent restore --bucket backups -D /pg --tablespace-mapping /fast=/srv/fast"
        })
public final class RestoreCommand implements Verb {
    private final Surroundings surroundings;

    @Option(names = "--backup", paramLabel = "ID", description = "The backup to take. Default: the newest that fits.")
    private BackupId backup;

    @Mixin
    private RecoveryOptions recovery = new RecoveryOptions();

    @Option(
            names = "--tablespace-mapping",
            paramLabel = "OLD=NEW",
            description =
                    "Put the tablespace that was in the directory OLD, or has this OID, into the directory NEW; may"
                            + " be repeated. An equals sign in a path is written \\=.")
    private List<String> tablespaceMappings = List.of();

    @Option(names = "--waldir", paramLabel = "DIR", description = "Make pg_wal a link to this directory.")
    private Path walDirectory;

    @Option(
            names = "--owner",
            paramLabel = "USER[:GROUP]",
            description = "Whom the files shall belong to; needed when root restores.")
    private String owner;

    @Option(
            names = "--restore-command",
            paramLabel = "TEXT",
            description = "What PostgreSQL runs to fetch WAL. Default: this program with the same repository.")
    private String restoreCommand;

    @Mixin
    private ServerLogOptions serverLogs = new ServerLogOptions();

    @Option(names = "--dry-run", description = "Print the plan, and change nothing.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print the plan and the result as JSON.")
    private boolean json;

    public RestoreCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** What {@code --json} prints after a restore. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Report(RestorePlanView plan, RestoreResultView result, ServerLogOptions.View serverLogs) {}

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(Set.of(SettingGroup.REPOSITORY), Setting.PGDATA, Setting.JOBS, Setting.PROGRESS);
    }

    @Override
    public Map<String, Class<?>> documents() {
        return Map.of("restore", Report.class, "restore --dry-run", RestorePlanView.class);
    }

    @Override
    public int run(Settings settings) throws IOException {
        if (serverLogs.only()) {
            restoreServerLogs(settings);
            return SUCCESS;
        }
        RestoreRequest request = request(settings);
        try (OpenStore opened = surroundings.openStore(settings)) {
            RestorePlan plan =
                    restore(opened.store(), settings, TransferProgress.silent()).plan(request);
            RestorePlanView planView = RestorePlanView.of(plan);
            Optional<Path> logDirectory = serverLogs.directory(plan);
            if (!json) {
                planView.lines().forEach(surroundings.console()::print);
                logDirectory.ifPresent(directory -> surroundings
                        .console()
                        .print("  Server logs go into " + directory + "; what is there stays as it is"));
            }
            if (dryRun) {
                if (json) {
                    surroundings.console().printJson(planView);
                }
                return SUCCESS;
            }
            surroundings.console().out().flush();
            RestoreResult result;
            try (ProgressDisplay progress =
                    ProgressDisplay.open(settings.get(Setting.PROGRESS), surroundings.console(), "restore")) {
                result = restore(opened.store(), settings, progress).run(plan);
                progress.complete();
            }
            RestoreResultView resultView =
                    RestoreResultView.of(result, opened.counts().get(), settings);
            Optional<ServerLogOptions.View> logs = logDirectory.isEmpty()
                    ? Optional.empty()
                    : Optional.of(
                            ServerLogOptions.tried(logRestore(opened, settings, logDirectory.get(), plan.owner())));
            tell(planView, resultView, logs);
        }
        return SUCCESS;
    }

    private Restore restore(ObjectStore store, Settings settings, TransferProgress progress) throws IOException {
        return new Restore(
                store,
                new ClusterKeys(settings.get(Setting.CLUSTER)),
                settings.get(Setting.JOBS),
                new Restore.Surroundings(
                        LocalUser.current(), InstalledServers.ofThisHost(), progress, surroundings.cancellation()));
    }

    private RestoreRequest request(Settings settings) throws PgAgentException {
        String fetch = restoreCommand != null
                ? restoreCommand
                : FetchCommandLine.text(FetchCommandLine.program(), settings, recovery.role());
        RestoreDestination destination = new RestoreDestination(
                settings.get(Setting.PGDATA),
                TablespaceMapping.parse(tablespaceMappings),
                Optional.ofNullable(walDirectory).map(Path::toAbsolutePath),
                owner());
        return new RestoreRequest(Optional.ofNullable(backup), destination, recovery.request(fetch));
    }

    private ServerLogRestore logRestore(OpenStore opened, Settings settings, Path directory, Optional<FileOwner> whose)
            throws IOException {
        ServerLogs stored = new ServerLogs(opened.store(), new ClusterKeys(settings.get(Setting.CLUSTER)));
        return new ServerLogRestore(stored, directory, whose, surroundings.cancellation());
    }

    private void restoreServerLogs(Settings settings) throws IOException {
        try (OpenStore opened = surroundings.openStore(settings)) {
            ServerLogOptions.View view = ServerLogOptions.View.of(
                    logRestore(opened, settings, serverLogs.path(), owner()).run());
            if (json) {
                surroundings.console().printJson(view);
            } else {
                surroundings.console().print("  " + view.text());
            }
        }
    }

    private Optional<FileOwner> owner() throws PgAgentException {
        return owner == null ? Optional.empty() : Optional.of(FileOwner.parse(owner));
    }

    private void tell(RestorePlanView plan, RestoreResultView result, Optional<ServerLogOptions.View> logs)
            throws PgAgentException {
        if (json) {
            surroundings.console().printJson(new Report(plan, result, logs.orElse(null)));
        } else {
            logs.ifPresent(view -> surroundings.console().print(view.text()));
            result.lines().forEach(surroundings.console()::print);
        }
        if (logs.isPresent()) {
            logs.get().requireDone();
        }
    }
}
