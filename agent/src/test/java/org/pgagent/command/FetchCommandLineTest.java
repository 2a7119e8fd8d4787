package org.pgagent.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.config.SettingsReader;
import org.pgagent.error.PgAgentException;
import org.pgagent.restore.CopyRole;

class FetchCommandLineTest {
    private static final Path PROGRAM = Path.of("/opt/pgagent/bin/pgagent");

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void nameFile() {
        file = directory.resolve("pgagent.toml");
    }

    private Settings settings(Map<Setting<?>, String> options) throws PgAgentException {
        return new SettingsReader(Map.of(), file).read(options, Optional.empty());
    }

    @Test
    void recoveryTriesAsLongAsTheDefaultSays() throws Exception {
        assertEquals(
                PROGRAM + " wal-fetch %f %p --bucket backups",
                FetchCommandLine.text(PROGRAM, settings(Map.of(Setting.BUCKET, "backups")), CopyRole.PRIMARY));
    }

    @Test
    void standbyIsNotKeptWaiting() throws Exception {
        assertEquals(
                PROGRAM + " wal-fetch %f %p --standby --retries 1 --bucket backups",
                FetchCommandLine.text(PROGRAM, settings(Map.of(Setting.BUCKET, "backups")), CopyRole.STANDBY));
    }

    @Test
    void retriesThatWereAskedForHoldForAStandbyToo() throws Exception {
        Map<Setting<?>, String> options = Map.of(Setting.BUCKET, "backups", Setting.RETRIES, "3");
        assertEquals(
                PROGRAM + " wal-fetch %f %p --standby --bucket backups --retries 3",
                FetchCommandLine.text(PROGRAM, settings(options), CopyRole.STANDBY));
    }

    @Test
    void retriesOfTheFileHoldForAStandbyToo() throws Exception {
        Files.writeString(file, "bucket = \"backups\"\nretries = 2\n");
        assertEquals(
                PROGRAM + " wal-fetch %f %p --standby --config " + file,
                FetchCommandLine.text(PROGRAM, settings(Map.of()), CopyRole.STANDBY));
    }

    /** With the check that a drill puts before it, and all names put in, the server must have room for it. */
    @Test
    void longLinesAreRefused() throws Exception {
        String rest = " wal-fetch %f %p --bucket backups";
        String longest = "/" + "p".repeat(850 - 1 - rest.length());
        Settings settings = settings(Map.of(Setting.BUCKET, "backups"));
        assertEquals(
                850,
                FetchCommandLine.text(Path.of(longest), settings, CopyRole.PRIMARY)
                        .length());
        assertThrows(
                PgAgentException.class,
                () -> FetchCommandLine.text(Path.of(longest + "p"), settings, CopyRole.PRIMARY));
    }

    @Test
    void otherWordsAreWrittenForShellAndServer() throws Exception {
        assertEquals(
                "'/opt/pg agent/bin/pgagent' wal-fetch %f %p --bucket 's3://backups/100%% of '\\''em'",
                FetchCommandLine.text(
                        Path.of("/opt/pg agent/bin/pgagent"),
                        settings(Map.of(Setting.BUCKET, "s3://backups/100% of 'em")),
                        CopyRole.PRIMARY));
    }
}
