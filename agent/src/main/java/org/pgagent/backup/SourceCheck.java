package org.pgagent.backup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.ControlFileReader;
import org.pgagent.postgres.session.ArchiveMode;
import org.pgagent.postgres.session.ServerConnection;
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
     * @return the control file in the data directory that is to be copied
     */
    public static ControlFile beforeStart(BackupServers servers) throws IOException {
        return copied(servers).control();
    }

    /** As {@link #beforeStart(BackupServers)}, with all that it has asked. */
    static CopiedServer copied(BackupServers servers) throws IOException {
        ServerConnection copied = servers.copied();
        ServerFacts facts = copied.facts();
        SourceCheck check = new SourceCheck(facts, servers.dataDirectory());
        ControlFile control = servers.primary().isPresent()
                ? check.asStandbyOf(servers.primary().get().facts())
                : check.beforeStart();
        return new CopiedServer(copied, facts, servers.dataDirectory(), control);
    }

    /**
     * Checks a server on which a backup is to be started and stopped, and which is to be copied. What a standby's settings say
     * of archiving says nothing of its primary's.
     *
     * @return what the control file in the data directory says
     */
    public ControlFile beforeStart() throws IOException {
        requireRights();
        if (!server.inRecovery()) {
            requireArchiving();
        }
        return requireOwnControlFile();
    }

    private ControlFile asStandbyOf(ServerFacts primary) throws IOException {
        if (!server.inRecovery()) {
            throw new PgAgentException(
                    ErrorKind.INCOMPATIBLE,
                    "the server of --standby-host is no standby",
                    "Check --standby-host and --standby-port; -h and -p are the primary's. To copy a primary, leave"
                            + " --standby-host out.");
        }
        if (primary.inRecovery()) {
            throw new PgAgentException(
                    ErrorKind.INCOMPATIBLE,
                    "the server on which the backup is to be started is a standby itself",
                    "With --standby-host, -h and -p are the primary's. To back up a standby without its primary, leave"
                            + " --standby-host out and connect to the standby with -h and -p.");
        }
        if (!primary.control().systemIdentifier().equals(server.control().systemIdentifier())) {
            throw new PgAgentException(
                    ErrorKind.INCOMPATIBLE,
                    "the standby is of another cluster: its system identifier is "
                            + server.control().systemIdentifier() + ", the primary's is "
                            + primary.control().systemIdentifier(),
                    "Check -h and -p, which are the primary's, and --standby-host and --standby-port.");
        }
        SourceCheck ofPrimary = new SourceCheck(primary, dataDirectory);
        ofPrimary.requireRights();
        ofPrimary.requireArchiving();
        return requireOwnControlFile();
    }

    private void requireRights() throws PgAgentException {
        if (!server.missingGrants().isEmpty()) {
            throw new PgAgentException(
                    ErrorKind.SQL_FAILED,
                    "the role that pgagent connects as may not take backups",
                    "Let a superuser run, in the database that pgagent connects to: "
                            + String.join(" ", server.missingGrants()));
        }
    }

    private ControlFile requireOwnControlFile() throws IOException {
        ControlFile control = readControlFile();
        if (!control.systemIdentifier().equals(server.control().systemIdentifier())) {
            throw notItsOwn("its system identifier is " + control.systemIdentifier() + ", the server's is "
                    + server.control().systemIdentifier());
        }
        if (control.majorVersion() != server.major()) {
            throw notItsOwn("it is one of PostgreSQL " + control.majorVersion() + ", the server is " + server.major());
        }
        String version = readVersionFile();
        if (!version.equals(Integer.toString(server.major()))) {
            throw notItsOwn("its PG_VERSION says '" + version + "', the server is " + server.major());
        }
        return control;
    }

    private void requireArchiving() throws PgAgentException {
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
                    settings.archiveCommand().isEmpty()
                            ? "archive_command is empty"
                            : "archive_command is not pgagent's: " + settings.archiveCommand(),
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

    /** No server starts on another one than its own; a running one does not look again. */
    private String readVersionFile() throws PgAgentException {
        Path file = dataDirectory.resolve("PG_VERSION");
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).strip();
        } catch (IOException e) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    "cannot read " + file + ": " + FileSystemReason.of(e),
                    "Without this file no server starts on the data directory, nor on a copy of it. Put it back: it has one"
                            + " line, the major version.",
                    e);
        }
    }

    PgAgentException notItsOwn(String reason) {
        return new PgAgentException(
                ErrorKind.INCOMPATIBLE,
                dataDirectory + " is not the data directory of the server that pgagent is connected to: " + reason,
                "The server says that its data directory is "
                        + server.settings().dataDirectory() + "; check -D, -h and -p.");
    }
}
