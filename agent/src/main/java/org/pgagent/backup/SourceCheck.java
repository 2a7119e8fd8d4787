package org.pgagent.backup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.ControlFileReader;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.session.ArchiveMode;
import org.pgagent.postgres.session.ServerFacts;
import org.pgagent.postgres.session.ServerSettings;

/** Makes sure, before anything is stored, that the server can be backed up and that the data directory is its own. */
public final class SourceCheck {
    private static final String ARCHIVING_HINT =
            "Set archive_mode = on and archive_command = 'pgagent wal-push %p' and restart the server.";

    private final ServerFacts server;
    private final Path dataDirectory;

    public SourceCheck(ServerFacts server, Path dataDirectory) {
        this.server = server;
        this.dataDirectory = dataDirectory;
    }

    /**
     * Checks everything that can be known before the backup starts.
     *
     * @return what the control file in the data directory says
     */
    public ControlFile beforeStart() throws IOException {
        if (server.inRecovery()) {
            throw new PgAgentException(
                    ErrorKind.INCOMPATIBLE,
                    "the server is a standby; pgagent takes backups from primaries",
                    "Connect to the primary, on its own host.");
        }
        if (!server.missingGrants().isEmpty()) {
            throw new PgAgentException(
                    ErrorKind.SQL_FAILED,
                    "the role that pgagent connects as may not take backups",
                    "Let a superuser run, in the database that pgagent connects to: "
                            + String.join(" ", server.missingGrants()));
        }
        checkArchiving();
        ControlFile control = readControlFile();
        if (!control.systemIdentifier().equals(server.control().systemIdentifier())) {
            throw notItsOwn("its system identifier is " + control.systemIdentifier() + ", the server's is "
                    + server.control().systemIdentifier());
        }
        if (control.majorVersion() != server.major()) {
            throw notItsOwn("it is one of PostgreSQL " + control.majorVersion() + ", the server is " + server.major());
        }
        return control;
    }

    /**
     * Checks that the checkpoint with which the backup began has reached this very data directory, and not just one of the
     * same cluster.
     */
    void afterStart(Lsn start) throws IOException {
        ControlFile control = readControlFile();
        if (control.checkpoint().location().isBefore(start)) {
            throw notItsOwn("its latest checkpoint is at "
                    + control.checkpoint().location() + ", and the backup began at " + start);
        }
    }

    private void checkArchiving() throws PgAgentException {
        ServerSettings settings = server.settings();
        if (settings.archiveMode() == ArchiveMode.OFF) {
            throw new PgAgentException(
                    ErrorKind.ARCHIVING_FAILED,
                    "archive_mode is off; a backup without its WAL cannot be restored",
                    ARCHIVING_HINT);
        }
        if (!settings.archiveLibrary().isEmpty()) {
            throw new PgAgentException(
                    ErrorKind.ARCHIVING_FAILED,
                    "archive_library is '" + settings.archiveLibrary() + "', so archive_command is not used",
                    "Set archive_library = '' and archive_command = 'pgagent wal-push %p'.");
        }
        if (!settings.archiveCommand().toLowerCase(Locale.ROOT).contains("pgagent")) {
            throw new PgAgentException(
                    ErrorKind.ARCHIVING_FAILED,
                    "archive_command is not pgagent's: " + settings.archiveCommand(),
                    "Set archive_command = 'pgagent wal-push %p' (a script of yours may call it, if 'pgagent' is in its"
                            + " name) and reload the server.");
        }
    }

    private ControlFile readControlFile() throws IOException {
        if (!Files.isDirectory(dataDirectory)) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    "there is no data directory " + dataDirectory,
                    "Run pgagent on the database's own host, as the operating system user that owns the data directory"
                            + " (the server says it is " + server.settings().dataDirectory() + ").");
        }
        return new ControlFileReader().read(dataDirectory).content();
    }

    private PgAgentException notItsOwn(String reason) {
        return new PgAgentException(
                ErrorKind.INCOMPATIBLE,
                dataDirectory + " is not the data directory of the server that pgagent is connected to: " + reason,
                "The server says that its data directory is "
                        + server.settings().dataDirectory() + "; check -D, -h and -p.");
    }
}
