package org.pgagent.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.ControlFileReader;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterClaim;
import org.pgagent.repository.ClusterDescription;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.storage.ObjectStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pgagent init}. */
@Command(
        name = "init",
        header = "Gives a cluster its name in the repository, and tries the store; needs not be run.",
        description = {
            "Tries everything that backups will ask of the store, notes the cluster under the name that --cluster says, and"
                    + " prints the lines for postgresql.conf. The first backup or the first archived WAL would do the"
                    + " same. Run again, it tells what is there. A name that keeps another cluster is refused.",
            "The cluster is that in --pgdata, or else that of the server that the connection leads to."
        },
        footer = {
            "  pgagent init --bucket my-backups -D /var/lib/postgresql/17/main",
            "  pgagent init --bucket my-backups --cluster orders --dry-run"
        })
public final class InitCommand implements Verb {
    private final Surroundings surroundings;

    @Option(names = "--dry-run", description = "Look at the store, print what would be done, and write nothing.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    public InitCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(Set.of(SettingGroup.REPOSITORY, SettingGroup.OBJECTS, SettingGroup.CONNECTION));
    }

    @Override
    public Map<String, Class<?>> documents() {
        return Map.of("init", InitView.class);
    }

    @Override
    public int run(Settings settings) throws IOException {
        ControlFile own = new ControlFileReader().read(dataDirectory(settings)).content();
        Findings findings = new Findings();
        try (OpenStore opened = surroundings.openStore(settings)) {
            ObjectStore store = opened.store();
            ClusterClaim claim = surroundings.claim(store, settings);
            Optional<ClusterDescription> before = tryStore(settings, store, findings, () -> claim.find(own));
            boolean isNew = before.isEmpty();
            if (isNew && !dryRun) {
                before = Optional.of(claim.claim(own).description());
            }
            print(InitView.of(
                    new InitView.Place(store.describe(), settings.get(Setting.CLUSTER), own, isNew, dryRun),
                    before,
                    backups(store, settings),
                    new InitView.Lines(findings, settings)));
        }
        return SUCCESS;
    }

    /** Another cluster's name is refused before anything is written. */
    private Optional<ClusterDescription> tryStore(
            Settings settings,
            ObjectStore store,
            Findings findings,
            Findings.Attempt<Optional<ClusterDescription>> look)
            throws IOException {
        StoreChecks checks = new StoreChecks(surroundings, settings, findings);
        Optional<ObjectStore> usable = checks.look(store);
        Optional<ClusterDescription> found = usable.isPresent() ? look.make() : Optional.empty();
        if (usable.isPresent() && !dryRun) {
            checks.write(store);
        }
        if (findings.firstFailure().isPresent()) {
            throw findings.firstFailure().get();
        }
        return found;
    }

    private static BackupRecords.Listed backups(ObjectStore store, Settings settings) throws IOException {
        return new BackupRecords(store, new ClusterKeys(settings.get(Setting.CLUSTER)))
                .list()
                .backups();
    }

    private void print(InitView view) {
        if (json) {
            surroundings.console().printJson(view);
        } else {
            view.lines().forEach(surroundings.console()::print);
        }
    }

    private Path dataDirectory(Settings settings) throws IOException {
        Optional<Path> named = settings.find(Setting.PGDATA);
        if (named.isPresent()) {
            return named.get();
        }
        try (ServerConnection connection = surroundings.connect(settings)) {
            return connection.facts().settings().dataDirectory();
        }
    }
}
