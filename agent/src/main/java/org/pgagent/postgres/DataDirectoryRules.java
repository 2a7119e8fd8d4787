package org.pgagent.postgres;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which entries of a data directory a base backup copies, keeps as empty directories, or leaves out (basebackup.c,
 * initdb.c; 13 to 18). Thread-safe.
 *
 * <p>Decides about one entry; what lies below a directory that is skipped or kept empty is never asked about. The
 * control file is copied like any other; that it comes last is the caller's business.
 */
public final class DataDirectoryRules {
    private static final Set<String> REBUILT_DIRECTORIES = Set.of(
            "pg_dynshmem", "pg_notify", "pg_replslot", "pg_serial", "pg_snapshots", "pg_stat_tmp", "pg_subtrans");

    private static final Set<String> SERVER_FILES =
            Set.of("postmaster.pid", "postmaster.opts", "postgresql.auto.conf.tmp", "current_logfiles.tmp");

    private static final Set<String> RECOVERY_FILES =
            Set.of("recovery.signal", "standby.signal", "recovery.conf", "promote", "fallback_promote");

    private static final Pattern BACKUP_FILE =
            Pattern.compile("(backup_label|tablespace_map|backup_manifest)(\\.old|\\.tmp)?");
    private static final Pattern SOCKET_LOCK = Pattern.compile("\\.s\\.PGSQL\\.[0-9]+\\.lock");
    private static final Pattern TABLESPACE_CHILD = Pattern.compile("pg_tblspc/[0-9]+/[^/]+");

    private static final List<String> INITDB_DIRECTORIES = List.of(
            "global",
            "base",
            "base/1",
            "pg_commit_ts",
            "pg_dynshmem",
            "pg_logical",
            "pg_logical/mappings",
            "pg_logical/snapshots",
            "pg_multixact",
            "pg_multixact/members",
            "pg_multixact/offsets",
            "pg_notify",
            "pg_replslot",
            "pg_serial",
            "pg_snapshots",
            "pg_stat",
            "pg_stat_tmp",
            "pg_subtrans",
            "pg_tblspc",
            "pg_twophase",
            "pg_wal",
            "pg_wal/archive_status",
            "pg_xact");
    private static final int FIRST_WITH_SUMMARIES = 17;

    private final CatalogVersion version;
    private final Optional<DataPath> statsTempDirectory;
    private final Exclusions exclusions;

    /** What kind of entry a directory has, links not followed. */
    public enum EntryKind {
        FILE,
        DIRECTORY,
        LINK,
        /** A socket, FIFO or device. */
        SPECIAL
    }

    /**
     * For a cluster.
     *
     * @param statsTempDirectory the setting {@code stats_temp_directory} of 13 and 14, if it lies in the data directory
     */
    public DataDirectoryRules(CatalogVersion version, Optional<DataPath> statsTempDirectory, Exclusions exclusions) {
        this.version = version;
        this.statsTempDirectory = statsTempDirectory;
        this.exclusions = exclusions;
    }

    /**
     * The rule for an entry.
     *
     * @param unlogged what {@link #unloggedRelations} found in the directory of the entry
     */
    public EntryRule ruleFor(DataPath path, EntryKind kind, Set<Long> unlogged) {
        if (kind == EntryKind.SPECIAL) {
            return EntryRule.SPECIAL_FILE;
        }
        if (path.equals(DataPath.ROOT)) {
            return EntryRule.NEEDED;
        }
        if (exclusions.exclude(path) && !hasStatsTempDirectory(path)) {
            return EntryRule.EXCLUDED;
        }
        if (isTopLevel(path)) {
            EntryRule rule = topLevelRule(path.name(), kind);
            if (rule != EntryRule.NEEDED) {
                return rule;
            }
        }
        if (kind != EntryKind.FILE && statsTempDirectory.filter(path::equals).isPresent()) {
            return EntryRule.REBUILT_CONTENT;
        }
        EntryRule rule = ruleAnywhere(path, kind);
        return rule == EntryRule.NEEDED && kind == EntryKind.FILE ? relationRule(path, unlogged) : rule;
    }

    /** Which may lie anywhere, and without which a server does not collect statistics. */
    private boolean hasStatsTempDirectory(DataPath path) {
        return statsTempDirectory
                .filter(directory -> directory.startsWith(path))
                .isPresent();
    }

    /** What the cluster's own directory in each tablespace is called. */
    public String tablespaceDirectory() {
        return version.tablespaceDirectory();
    }

    private static boolean isTopLevel(DataPath path) {
        return path.parent().equals(DataPath.ROOT);
    }

    private static EntryRule topLevelRule(String name, EntryKind kind) {
        if (kind != EntryKind.FILE) {
            if (REBUILT_DIRECTORIES.contains(name)) {
                return EntryRule.REBUILT_CONTENT;
            }
            return name.equals("pg_wal") ? EntryRule.WAL : EntryRule.NEEDED;
        }
        if (SERVER_FILES.contains(name)) {
            return EntryRule.RUNNING_SERVER;
        }
        if (BACKUP_FILE.matcher(name).matches()) {
            return EntryRule.OTHER_BACKUP;
        }
        return RECOVERY_FILES.contains(name) ? EntryRule.RECOVERY_REQUEST : EntryRule.NEEDED;
    }

    private EntryRule ruleAnywhere(DataPath path, EntryKind kind) {
        String name = path.name();
        if (name.startsWith("pgsql_tmp")) {
            return EntryRule.TEMPORARY;
        }
        if ((kind == EntryKind.DIRECTORY && name.equals("lost+found")) || name.equals(".DS_Store")) {
            return EntryRule.FILE_SYSTEM;
        }
        if (kind == EntryKind.FILE && name.startsWith("pg_internal.init")) {
            return EntryRule.CACHE;
        }
        if (kind == EntryKind.FILE && SOCKET_LOCK.matcher(name).matches()) {
            return EntryRule.RUNNING_SERVER;
        }
        boolean foreign =
                TABLESPACE_CHILD.matcher(path.toString()).matches() && !name.equals(version.tablespaceDirectory());
        return foreign ? EntryRule.OTHER_VERSION : EntryRule.NEEDED;
    }

    private static EntryRule relationRule(DataPath path, Set<Long> unlogged) {
        Optional<RelationFile> relation = RelationFile.parse(path);
        if (relation.isEmpty()) {
            return EntryRule.NEEDED;
        }
        if (relation.get().persistence() == RelationFile.Persistence.TEMPORARY) {
            return EntryRule.TEMPORARY;
        }
        if (relation.get().fork() == RelationFile.Fork.INITIALIZATION) {
            return EntryRule.UNLOGGED_TEMPLATE;
        }
        return unlogged.contains(relation.get().relation()) ? EntryRule.UNLOGGED : EntryRule.NEEDED;
    }

    /** The file numbers of the unlogged relations of a directory: those with an initialisation fork there. */
    public static Set<Long> unloggedRelations(Collection<DataPath> filesOfOneDirectory) {
        Set<Long> unlogged = new HashSet<>();
        for (DataPath path : filesOfOneDirectory) {
            RelationFile.parse(path)
                    .filter(file -> file.fork() == RelationFile.Fork.INITIALIZATION)
                    .ifPresent(file -> unlogged.add(file.relation()));
        }
        return unlogged;
    }

    /** The directories that initdb makes and a server wants to find, parents first. */
    public static List<DataPath> requiredDirectories(int majorVersion) {
        List<DataPath> required = new ArrayList<>();
        INITDB_DIRECTORIES.forEach(directory -> required.add(DataPath.of(directory)));
        if (majorVersion >= FIRST_WITH_SUMMARIES) {
            required.add(DataPath.of("pg_wal/summaries"));
        }
        return required;
    }
}
