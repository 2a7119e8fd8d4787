package org.pgagent.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.Set;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.ControlFileReader;
import org.pgagent.repository.ClusterClaim;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.WalObjects;
import org.pgagent.wal.ArchivingNode;
import org.pgagent.wal.WalArchiver;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code pgagent wal-push}. */
@Command(
        name = WalPushCommand.NAME,
        header = "Stores one archive file; for archive_command.",
        description = "Set archive_command = 'pgagent wal-push %%p'. Exits with 0 only after the store has confirmed."
                + " The same file again is a success, another file under the same name is refused, and so are a segment that"
                + " the server may still write and a data directory that does not have the right to archive (see pgagent"
                + " adopt).",
        footer = {"  pgagent wal-push --bucket my-backups pg_wal/000000010000000000000001"})
public final class WalPushCommand implements Verb {
    static final String NAME = "wal-push";

    private final Surroundings surroundings;

    @Parameters(
            index = "0",
            paramLabel = "FILE",
            description = "The file, %%p of archive_command. It lies in pg_wal of the data directory, unless --pgdata"
                    + " names another data directory.")
    private Path file;

    public WalPushCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(Set.of(SettingGroup.REPOSITORY, SettingGroup.OBJECTS), Setting.PGDATA, Setting.COMPRESS);
    }

    @Override
    public int run(Settings settings) throws IOException {
        Path dataDirectory = dataDirectory(file, settings.find(Setting.PGDATA))
                .orElseThrow(() -> new PgAgentException(
                        ErrorKind.CONFIGURATION,
                        "which data directory " + file.toAbsolutePath() + " belongs to cannot be told",
                        "Set archive_command = 'pgagent wal-push %p', or name the data directory with --pgdata."));
        ControlFile own = new ControlFileReader().read(dataDirectory).content();
        try (OpenStore opened = surroundings.openStore(settings)) {
            ClusterClaim.Claimed claimed =
                    surroundings.claim(opened.store(), settings).claim(own);
            ClusterKeys keys = new ClusterKeys(settings.get(Setting.CLUSTER));
            new ArchivingNode(dataDirectory, ThisHost.writer(), surroundings.clock(), new SecureRandom())
                    .lease(claimed.store(), keys, claimed.description().segmentSize())
                    .require(own.timeline());
            WalObjects objects = new WalObjects(claimed.store(), keys);
            new WalArchiver(objects, claimed.description(), settings.get(Setting.COMPRESS)).push(file);
        }
        return SUCCESS;
    }

    /**
     * The data directory that a file in {@code pg_wal} belongs to. PostgreSQL's commands run in the data directory and get
     * the file's path relative to it; {@code pg_wal} may be a link, so the path is taken as it is written.
     */
    static Optional<Path> dataDirectory(Path file, Optional<Path> named) {
        if (named.isPresent()) {
            return named;
        }
        Path directory = file.toAbsolutePath().getParent();
        return Optional.ofNullable(directory == null ? null : directory.getParent())
                .filter(candidate -> Files.exists(candidate.resolve("global").resolve("pg_control")));
    }
}
