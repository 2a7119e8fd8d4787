package org.pgagent.command;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.pgagent.catalog.RetentionPolicy;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pgagent expire}. */
@Command(
        name = "expire",
        header = "Deletes the backups and the WAL that the retention policy does not keep.",
        description = {
            "A backup goes only if no rule keeps it. To keep every point in time since some moment takes the newest"
                    + " backup from before it, all backups since, and all WAL from there on; that is kept on each timeline"
                    + " that may reach so far. Backups that cannot be restored, lack WAL or have bad pages do not count for"
                    + " any rule. The newest one that does count always stays."
        },
        footer = {
            "  pgagent expire --bucket my-backups --keep-days 14 --dry-run",
            "  pgagent expire --bucket my-backups --keep-full 2",
            "  pgagent expire --bucket my-backups --keep-days 7 --keep weekly=4,monthly=12"
        })
public final class ExpireCommand implements Verb {
    private final Surroundings surroundings;

    @Option(
            names = "--only-wal",
            description =
                    "Keep every backup, whatever the settings say, and remove only WAL that none of them needs; with"
                            + " --keep-wal-days, what they do not need for points in time of the last N days.")
    private boolean onlyWal;

    @Option(
            names = "--only-serverlog",
            description =
                    "Keep every backup and all WAL, and remove only log files of the server, by --keep-srvlog-days"
                            + " and --keep-srvlog-files.")
    private boolean onlyServerLog;

    @Option(names = "--dry-run", description = "Print what would be deleted and what kept, and change nothing.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    public ExpireCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(Set.of(SettingGroup.REPOSITORY, SettingGroup.RETENTION));
    }

    @Override
    public Map<String, Class<?>> documents() {
        return Map.of("expire", ExpiryView.class);
    }

    @Override
    public int run(Settings settings) throws IOException {
        if (onlyWal && onlyServerLog) {
            throw new PgAgentException(
                    ErrorKind.USAGE, "--only-wal and --only-serverlog leave nothing to do", "Give one of them.");
        }
        if (onlyServerLog) {
            expireServerLogs(settings);
            return SUCCESS;
        }
        RetentionPolicy policy = onlyWal ? Expiring.everyBackup(settings) : Expiring.policy(settings);
        try (OpenStore opened = surroundings.openStore(settings)) {
            Expiring expiring = new Expiring(surroundings, opened, settings);
            Expiring.Expired expired = dryRun ? expiring.plan(policy) : expiring.run(policy);
            if (json) {
                surroundings.console().printJson(expired.view());
            } else {
                expired.lines().forEach(surroundings.console()::print);
            }
        }
        return SUCCESS;
    }

    private void expireServerLogs(Settings settings) throws IOException {
        try (OpenStore opened = surroundings.openStore(settings)) {
            Expiring.LogView view = new Expiring(surroundings, opened, settings)
                    .logs(dryRun ? Expiring.Whether.DRY_RUN : Expiring.Whether.DONE);
            if (json) {
                surroundings.console().printJson(view);
            } else {
                surroundings.console().print(view.text());
            }
        }
    }
}
