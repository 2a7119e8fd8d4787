package org.pgagent.restore;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.BackupRecord;

/**
 * What {@code postgresql.auto.conf} of a restored cluster says: what it said in the source, without what an earlier recovery
 * or its role there left behind, and with what this recovery needs (xlogrecovery.c; the manual's chapter on recovery).
 */
final class RecoveryConfiguration {
    private static final String REMOVED = "# removed by pgagent restore: ";
    private static final String ADDED = "# added by pgagent restore of backup ";

    /** Settings of an earlier recovery, or of the source's role. */
    private static final Set<String> STALE = Set.of(
            "restore_command",
            "recovery_end_command",
            "archive_cleanup_command",
            "recovery_min_apply_delay",
            "promote_trigger_file",
            "primary_conninfo",
            "primary_slot_name");

    private static final String STALE_PREFIX = "recovery_target";

    private static final List<String> TARGETS = List.of(
            "recovery_target",
            "recovery_target_name",
            "recovery_target_time",
            "recovery_target_xid",
            "recovery_target_lsn");

    /** What a server has without any setting; a recovery needs at least what the source had. */
    private static final Map<String, Integer> DEFAULTS = Map.of(
            "max_connections", 100,
            "max_worker_processes", 8,
            "max_wal_senders", 10,
            "max_prepared_transactions", 0,
            "max_locks_per_transaction", 64);

    private final BackupRecord backup;
    private final RecoveryRequest request;
    private final Timeline targetTimeline;

    RecoveryConfiguration(BackupRecord backup, RecoveryRequest request, Timeline targetTimeline) {
        this.backup = backup;
        this.request = request;
        this.targetTimeline = targetTimeline;
    }

    /**
     * The new content of {@code postgresql.auto.conf}.
     *
     * @param autoConf its content in the backup
     * @param mainConf the content of {@code postgresql.conf} in the backup; empty text if the source keeps it elsewhere
     */
    byte[] rewritten(byte[] autoConf, byte[] mainConf) {
        List<RecoveryTarget.Setting> added = settings(SettingsText.of(mainConf), SettingsText.of(autoConf));
        Set<String> names = added.stream().map(RecoveryTarget.Setting::name).collect(Collectors.toSet());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        boolean ours = false;
        for (String line : SettingsText.of(autoConf).lines()) {
            Optional<String> name = SettingsText.nameOn(line);
            boolean stale = name.isPresent() && (isStale(name.get()) || names.contains(name.get()));
            ours |= line.startsWith(ADDED);
            // What an earlier restore wrote is not worth a comment.
            boolean dropped = line.startsWith(REMOVED) || line.startsWith(ADDED) || (ours && stale);
            if (!dropped) {
                out.writeBytes(((stale ? REMOVED : "") + line + "\n").getBytes(StandardCharsets.ISO_8859_1));
            }
        }
        out.writeBytes((ADDED + backup.id() + "\n").getBytes(StandardCharsets.UTF_8));
        for (RecoveryTarget.Setting setting : added) {
            String line = SettingsText.line(setting.name(), setting.value());
            out.writeBytes((line + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return out.toByteArray();
    }

    private boolean isStale(String name) {
        return STALE.contains(name) || name.startsWith(STALE_PREFIX);
    }

    private List<RecoveryTarget.Setting> settings(SettingsText mainConf, SettingsText autoConf) {
        List<RecoveryTarget.Setting> settings = new ArrayList<>();
        add(settings, "restore_command", request.restoreCommand());
        // Empty, because postgresql.conf may have values of an earlier recovery.
        add(settings, "recovery_end_command", "");
        add(settings, "archive_cleanup_command", "");
        addTarget(settings);
        if (request.archiving() == Archiving.OFF) {
            add(settings, "archive_mode", "off");
        }
        if (request.role() == CopyRole.PRIMARY) {
            // Any file that postgresql.conf includes may have it, and recovery would wait without a word.
            add(settings, "recovery_min_apply_delay", "0");
        }
        addLimits(settings, mainConf, autoConf);
        return settings;
    }

    private void addTarget(List<RecoveryTarget.Setting> settings) {
        Optional<RecoveryTarget.Setting> target = request.target().setting();
        // The server takes the settings in their order and refuses a second target, even an empty one after another.
        for (String name : TARGETS) {
            if (target.isEmpty() || !target.get().name().equals(name)) {
                add(settings, name, "");
            }
        }
        target.ifPresent(settings::add);
        add(settings, "recovery_target_inclusive", request.target().edge().setting());
        add(settings, "recovery_target_action", request.action().toString());
        add(settings, "recovery_target_timeline", timeline());
    }

    /** The plan's timeline, so that one which appears meanwhile changes nothing; a standby follows any newer one. */
    private String timeline() {
        if (request.role() == CopyRole.STANDBY && request.timeline() instanceof TargetTimeline.Latest) {
            return "latest";
        }
        // What the server takes for current is in the control file, which may be of any timeline between the backup's
        // ends.
        boolean ofOneTimeline = backup.start().timeline().equals(backup.stop().timeline());
        return ofOneTimeline && targetTimeline.equals(backup.stop().timeline()) ? "current" : targetTimeline.toString();
    }

    private void addLimits(List<RecoveryTarget.Setting> settings, SettingsText mainConf, SettingsText autoConf) {
        DEFAULTS.keySet().stream().sorted().forEach(name -> {
            String needed = backup.source().recoverySettings().get(name);
            if (needed != null && !isAtLeast(effective(name, mainConf, autoConf), needed)) {
                add(settings, name, needed);
            }
        });
    }

    /** What the restored files set, as far as they tell: an included file may say something else. */
    private static Optional<String> effective(String name, SettingsText mainConf, SettingsText autoConf) {
        String set = autoConf.values().getOrDefault(name, mainConf.values().get(name));
        if (set != null) {
            return Optional.of(set);
        }
        boolean elsewhere = mainConf.lines().isEmpty()
                || mainConf.values().keySet().stream().anyMatch(other -> other.startsWith("include"));
        return elsewhere ? Optional.empty() : Optional.of(DEFAULTS.get(name).toString());
    }

    private static boolean isAtLeast(Optional<String> value, String needed) {
        try {
            return value.isPresent() && Long.parseLong(value.get()) >= Long.parseLong(needed);
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static void add(List<RecoveryTarget.Setting> settings, String name, String value) {
        settings.add(new RecoveryTarget.Setting(name, value));
    }
}
