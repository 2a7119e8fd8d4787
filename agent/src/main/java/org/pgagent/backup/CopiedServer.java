package org.pgagent.backup;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.ControlFileImage;
import org.pgagent.postgres.ControlFileReader;
import org.pgagent.postgres.DataDirectoryRules;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.Exclusions;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.PageVerifier;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.postgres.session.ServerFacts;
import org.pgagent.repository.BackupSource;
import org.pgagent.transfer.PageCheck;

/**
 * The server whose data directory is copied, as it was before the backup began.
 *
 * @param control the control file in the data directory
 */
record CopiedServer(ServerConnection connection, ServerFacts facts, Path dataDirectory, ControlFile control) {
    SourceWal wal() {
        return new SourceWal(dataDirectory, control.systemIdentifier());
    }

    WalSegmentSize walSegmentSize() {
        return control.layout().walSegmentSize();
    }

    /** What of the data directory is copied: as always, but for what is to be left out. */
    DataDirectoryRules rules(Exclusions exclusions) {
        Optional<DataPath> statsTemp = facts.settings()
                .statsTempDirectory()
                .map(dataDirectory::resolve)
                .filter(path -> path.startsWith(dataDirectory) && !path.equals(dataDirectory))
                .map(path -> DataPath.ROOT.resolve(dataDirectory.relativize(path)));
        return new DataDirectoryRules(control.catalogVersion(), statsTemp, exclusions);
    }

    /** A worker's page check in a backup that began at {@code start}; empty without page checksums. */
    Optional<PageCheck> pageCheck(Lsn start) {
        ControlFile.Layout layout = control.layout();
        if (!control.dataChecksums()) {
            return Optional.empty();
        }
        return Optional.of(new PageCheck(
                new PageVerifier(layout.pageSize(), start),
                layout.pageSize(),
                layout.relationSegmentPages(),
                new ServerWalEnd(connection, start)));
    }

    /**
     * The control file as it is now.
     *
     * @throws PgAgentException of kind INCOMPATIBLE if it is another cluster's, or the same one's with other page checksums
     */
    ControlFileImage readControlFile() throws IOException {
        ControlFileImage image = new ControlFileReader().read(dataDirectory);
        if (!image.content().systemIdentifier().equals(control.systemIdentifier())
                || image.content().dataChecksumVersion() != control.dataChecksumVersion()) {
            throw new PgAgentException(
                    ErrorKind.INCOMPATIBLE,
                    "the data directory " + dataDirectory + " became another cluster during the backup",
                    "Take the backup again when nobody works on the data directory.");
        }
        return image;
    }

    /**
     * Checks that the checkpoint, or restartpoint, with which a backup began has reached this very data directory.
     *
     * @throws PgAgentException of kind INCOMPATIBLE if it has not
     */
    void requireCheckpointSince(Lsn start) throws IOException {
        ControlFile now = readControlFile().content();
        if (now.checkpoint().location().isBefore(start)) {
            throw new SourceCheck(facts, dataDirectory)
                    .notItsOwn("its latest checkpoint is at " + now.checkpoint().location()
                            + ", and the backup began at " + start);
        }
    }

    /** The server in the record of its backup. */
    BackupSource describe() {
        ControlFile.Layout layout = control.layout();
        return new BackupSource(
                facts.control().systemIdentifier(),
                facts.versionNumber(),
                layout.pageSize(),
                layout.walPageSize(),
                layout.walSegmentSize().bytes(),
                control.dataChecksums(),
                facts.settings().walLogHints(),
                facts.startedAt(),
                facts.inRecovery(),
                facts.settings().forRecovery(),
                facts.tablespaces().stream()
                        .map(tablespace -> new BackupSource.Tablespace(tablespace.oid(), tablespace.location()))
                        .toList(),
                facts.databases(),
                facts.glibc().orElse(null));
    }
}
