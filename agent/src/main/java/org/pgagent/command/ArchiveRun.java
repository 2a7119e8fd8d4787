package org.pgagent.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.pgagent.backup.ArchiveBackup;
import org.pgagent.backup.SourceCheck;
import org.pgagent.config.DurationText;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.postgres.session.ServerFacts;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.RestorePoint;
import org.pgagent.storage.ObjectStore;

/** What {@code backup --type archive} does. */
final class ArchiveRun {
    private final Surroundings surroundings;
    private final Settings settings;
    private final boolean json;

    ArchiveRun(Surroundings surroundings, Settings settings, boolean json) {
        this.surroundings = surroundings;
        this.settings = settings;
        this.json = json;
    }

    /** What {@code --json} prints of a plan. */
    record PlanView(String name, BackupId backup, boolean dryRun) {}

    /** Prints what {@link #take} would do. */
    void plan(OpenStore opened, ServerConnection connection, Optional<String> name) throws IOException {
        Checked checked = check(connection);
        surroundings.claim(opened.store(), settings).find(checked.control());
        ArchiveBackup.Plan plan = plan(archiving(opened.store()), checked, name);
        if (json) {
            surroundings
                    .console()
                    .printJson(new PlanView(plan.name(), plan.backup().id(), true));
            return;
        }
        surroundings
                .console()
                .print("Would make the restore point '" + plan.name() + "', and wait until all WAL from backup "
                        + plan.backup().id() + " to it is in "
                        + opened.store().describe() + ".");
    }

    /** Makes a restore point, and prints how to come back to it. */
    void take(OpenStore opened, ServerConnection connection, Optional<String> name) throws IOException {
        Checked checked = check(connection);
        ObjectStore store = surroundings
                .claim(opened.store(), settings)
                .claim(checked.control())
                .store();
        ArchiveBackup archiving = archiving(store);
        ArchiveBackup.Result result =
                archiving.take(plan(archiving, checked, name), settings.get(Setting.ARCHIVE_TIMEOUT));
        RestorePoint point = result.point();
        if (json) {
            surroundings.console().printJson(point);
            return;
        }
        FactLines lines = FactLines.below("Restore point '" + point.name() + "' can be reached");
        lines.add("LSN", point.lsn() + " on timeline " + point.timeline());
        lines.add("From", "backup " + point.backup() + ", all WAL since then is stored");
        lines.add("Waited", DurationText.rounded(result.waited()));
        lines.add("Back to it", "pgagent restore --target-name " + point.name() + " …");
        lines.all().forEach(surroundings.console()::print);
    }

    private ArchiveBackup archiving(ObjectStore store) throws IOException {
        return new ArchiveBackup(store, new ClusterKeys(settings.get(Setting.CLUSTER)), surroundings.cancellation());
    }

    private record Checked(ArchiveBackup.Source source, ControlFile control) {}

    private Checked check(ServerConnection connection) throws IOException {
        ServerFacts server = connection.facts();
        ArchiveBackup.requirePrimary(server);
        Path dataDirectory =
                settings.find(Setting.PGDATA).orElse(server.settings().dataDirectory());
        ControlFile control = new SourceCheck(server, dataDirectory).beforeStart();
        return new Checked(new ArchiveBackup.Source(connection, server, dataDirectory), control);
    }

    private ArchiveBackup.Plan plan(ArchiveBackup archiving, Checked checked, Optional<String> name)
            throws IOException {
        String wanted = name.orElseGet(
                () -> RestorePoint.defaultName(surroundings.clock().instant()));
        try {
            RestorePoint.requireName(wanted);
        } catch (IllegalArgumentException e) {
            throw new PgAgentException(ErrorKind.USAGE, e.getMessage(), "Try: pgagent backup --help", e);
        }
        return archiving.plan(checked.source(), wanted);
    }
}
