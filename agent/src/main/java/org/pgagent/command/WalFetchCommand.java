package org.pgagent.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.ControlFileReader;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.ClusterDescription;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.ObjectStore;
import org.pgagent.wal.FetchResult;
import org.pgagent.wal.RestoreCommandStatus;
import org.pgagent.wal.RestoreCommandStatus.Recovery;
import org.pgagent.wal.WalFetcher;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code pgagent wal-fetch}, with exit statuses of its own: PostgreSQL takes those from 1 to 125 for the end of the archive,
 * and ends recovery there (xlogarchive.c, RestoreArchivedFile).
 */
@Command(
        name = WalFetchCommand.NAME,
        header = "Brings one archive file back; for restore_command.",
        description =
                "Set restore_command = 'pgagent wal-fetch %%f %%p'. Exits with 0 if the file is in its place, with"
                        + " 1 only if the repository was asked and does not have it, and with 126 on any trouble.",
        footer = {"  pgagent wal-fetch --bucket backups 000000010000000000000001 /tmp/segment"})
public final class WalFetchCommand implements Verb {
    static final String NAME = "wal-fetch";

    /** The option's name is known to the agent, too. */
    static final String STANDBY = "--standby";

    /**
     * A JVM that cannot start exits with 1, too. So the C program in front asks for another status here, and makes 1 of that
     * alone.
     */
    private static final String NOT_IN_ARCHIVE_PROPERTY = "pgagent.exit.absent";

    private final Surroundings surroundings;

    @Parameters(index = "0", paramLabel = "NAME", description = "The file's name, %%f of restore_command.")
    private String name;

    @Parameters(index = "1", paramLabel = "TARGET", description = "Where to put it, %%p of restore_command.")
    private Path target;

    @Option(
            names = STANDBY,
            description = "For a server that follows for ever: exit with 1 when the store or the agent does not"
                    + " answer, for such a server asks again, and 126 would end it.")
    private boolean standby;

    public WalFetchCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(Set.of(SettingGroup.REPOSITORY), Setting.PGDATA);
    }

    @Override
    public int exitCode(ErrorKind kind) {
        return told(RestoreCommandStatus.of(kind, standby ? Recovery.STANDBY : Recovery.TARGETED));
    }

    private static int told(int status) {
        return status == RestoreCommandStatus.NOT_IN_ARCHIVE
                ? Integer.getInteger(NOT_IN_ARCHIVE_PROPERTY, status)
                : status;
    }

    @Override
    public int run(Settings settings) throws IOException {
        ClusterKeys keys = new ClusterKeys(settings.get(Setting.CLUSTER));
        try (OpenStore opened = surroundings.openStore(settings)) {
            ObjectStore store = opened.store();
            ClusterDescriptions descriptions = new ClusterDescriptions(store, keys);
            Identity identity = identity(settings, descriptions, store);
            FetchResult result = new WalFetcher(
                            new WalObjects(store, keys),
                            descriptions,
                            identity.systemIdentifier(),
                            identity.segmentSize())
                    .fetch(name, target);
            return told(RestoreCommandStatus.of(result));
        }
    }

    private record Identity(SystemIdentifier systemIdentifier, WalSegmentSize segmentSize) {}

    private Identity identity(Settings settings, ClusterDescriptions descriptions, ObjectStore store)
            throws IOException {
        Optional<Path> dataDirectory = WalPushCommand.dataDirectory(target, settings.find(Setting.PGDATA));
        if (dataDirectory.isPresent()) {
            ControlFile own = new ControlFileReader().read(dataDirectory.get()).content();
            return new Identity(own.systemIdentifier(), own.layout().walSegmentSize());
        }
        ClusterName cluster = settings.get(Setting.CLUSTER);
        ClusterDescription kept = descriptions
                .find()
                .orElseThrow(() -> new PgAgentException(
                        ErrorKind.STORE_MISSING,
                        "there is no cluster '" + cluster + "' in " + store.describe(),
                        "Check --bucket, --prefix and --cluster; 'pgagent show' lists what is there."));
        return new Identity(kept.systemIdentifier(), kept.segmentSize());
    }
}
