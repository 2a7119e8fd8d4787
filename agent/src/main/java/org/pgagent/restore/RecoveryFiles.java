package org.pgagent.restore;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Instant;
import java.util.List;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.DataPath;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ManifestTrailer;

/**
 * Makes what a restored data directory needs besides the source's files: the label from which recovery begins, the settings,
 * the signal, and a control file that is worthless without the label.
 *
 * <p>There is no {@code tablespace_map}: it would make the server set the links in {@code pg_tblspc} anew from its own
 * content, and they are set already.
 */
final class RecoveryFiles {
    static final DataPath AUTO_CONF = DataPath.of("postgresql.auto.conf");

    private static final DataPath MAIN_CONF = DataPath.of("postgresql.conf");
    private static final DataPath TABLESPACE_MAP = DataPath.of("tablespace_map");

    private final RestoredTree tree;
    private final RestoredManifest listed;

    RecoveryFiles(RestoredTree tree, RestoredManifest listed) {
        this.tree = tree;
        this.listed = listed;
    }

    /**
     * Makes the files.
     *
     * @param madeAt what the manifest says about when they were made
     * @return what somebody should know about the restored configuration
     */
    List<String> make(ManifestTrailer trailer, Instant madeAt) throws IOException {
        RestorePlan plan = tree.plan();
        controlFile(plan.backup(), madeAt);

        byte[] label = trailer.backupLabel().getBytes(StandardCharsets.UTF_8);
        tree.write(DataPath.of(Restore.BACKUP_LABEL), label);
        listed.made(DataPath.of(Restore.BACKUP_LABEL), label, madeAt);
        tree.remove(TABLESPACE_MAP);

        byte[] mainConf = tree.read(MAIN_CONF);
        byte[] autoConf = new RecoveryConfiguration(
                        plan.backup(), plan.recovery(), plan.history().timeline())
                .rewritten(tree.read(AUTO_CONF), mainConf);
        tree.write(AUTO_CONF, autoConf);
        listed.made(AUTO_CONF, autoConf, madeAt);

        for (CopyRole role : CopyRole.values()) {
            if (role == plan.recovery().role()) {
                tree.write(DataPath.of(role.signalFile()), new byte[0]);
            } else {
                tree.remove(DataPath.of(role.signalFile()));
            }
        }
        return SettingsReview.notes(SettingsText.of(mainConf), SettingsText.of(autoConf));
    }

    private void controlFile(BackupRecord backup, Instant madeAt) throws IOException {
        byte[] image = tree.read(RestoredTree.COMING_CONTROL_FILE);
        ControlFile content = ControlFile.parse(image);
        if (!content.systemIdentifier().equals(backup.source().systemIdentifier())) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    "the control file in backup " + backup.id() + " has the system identifier "
                            + content.systemIdentifier() + ", its record has "
                            + backup.source().systemIdentifier(),
                    "Restore from another backup ('pgagent show' lists them, --backup chooses).");
        }
        byte[] unusable = ControlFile.withUnusableCheckpoint(image);
        Files.write(tree.path(RestoredTree.COMING_CONTROL_FILE), unusable);
        listed.made(Restore.CONTROL_FILE, unusable, madeAt);
    }
}
