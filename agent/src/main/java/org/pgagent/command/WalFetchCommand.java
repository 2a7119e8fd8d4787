package org.pgagent.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
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
import org.pgagent.wal.WalFetcher;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code pgagent wal-fetch}, with exit statuses of its own: PostgreSQL takes those from 1 to 125 for the end of the archive,
 * and ends recovery there (xlogarchive.c, RestoreArchivedFile).
 */
@Command(
        name = "wal-fetch",
        header = "Brings one archive file back; for restore_command.",
        description =
                "Set restore_command = 'pgagent wal-fetch %%f %%p'. Exits with 0 if the file is in its place, with"
                        + " 1 only if the repository was asked and does not have it, and with 126 on any trouble.",
        footer = {"  pgagent wal-fetch --bucket backups 000000010000000000000001 /tmp/segment"})
public final class WalFetchCommand implements Verb {
    /** PostgreSQL stops recovery and can be started again. */
    static final int DOUBT = 126;

    private static final int NOT_IN_ARCHIVE = 1;

    /** As a shell says it of a process that SIGTERM ended; PostgreSQL takes it for its own request to shut down. */
    private static final int TERMINATED = 143;

    /**
     * A JVM that cannot start exits with 1, too. So the C program in front asks for another status here, and makes 1 of that
     * alone.
     */
    private static final String NOT_IN_ARCHIVE_PROPERTY = "pgagent.exit.absent";

    private static final Set<ErrorKind> STORE_TROUBLE = EnumSet.of(
            ErrorKind.STORE_UNREACHABLE,
            ErrorKind.STORE_FAILED,
            ErrorKind.STORE_DENIED,
            ErrorKind.STORE_CLOCK_SKEW,
            ErrorKind.STORE_TLS);

    private final Surroundings surroundings;

    @Parameters(index = "0", paramLabel = "NAME", description = "The file's name, %%f of restore_command.")
    private String name;

    @Parameters(index = "1", paramLabel = "TARGET", description = "Where to put it, %%p of restore_command.")
    private Path target;

    @Option(
            names = "--standby",
            description = "For a server that follows for ever: exit with 1 when the store does not answer, for such a"
                    + " server asks again, and 126 would end it.")
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
        if (standby && STORE_TROUBLE.contains(kind)) {
            return notInArchive();
        }
        return kind == ErrorKind.INTERRUPTED ? TERMINATED : DOUBT;
    }

    private static int notInArchive() {
        return Integer.getInteger(NOT_IN_ARCHIVE_PROPERTY, NOT_IN_ARCHIVE);
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
            return switch (result) {
                case FETCHED -> SUCCESS;
                case NOT_IN_ARCHIVE -> notInArchive();
            };
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
