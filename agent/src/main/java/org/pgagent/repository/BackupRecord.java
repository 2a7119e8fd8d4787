package org.pgagent.repository;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalRange;

/**
 * What {@code backup.json} says of a base backup: pg_rman's {@code backup.ini} and more. Everything that {@code show} and
 * the plan of a restore need, so that neither reads the manifest.
 *
 * <p>All times are UTC; {@code start} and {@code stop} are told by the server. Fields that a RUNNING or ERROR backup cannot
 * have yet are null.
 *
 * @param format version of the repository format, 1
 * @param aliveUntil while it is RUNNING: when its writer, which says so again before that time, is to be taken for dead
 * @param parent what an incremental backup was compared with; null for a full one
 * @param resumes backups that never became complete, of whose packs it may use some; null if none
 * @param needs what this backup needs of other backups' packs; null if nothing
 * @param error why the backup ended as ERROR or is CORRUPT
 * @param nonce while it is DELETING: makes the record of each removal another one, so that none takes another's for its own
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record BackupRecord(
        int format,
        BackupId id,
        BackupKind kind,
        BackupState state,
        Writer writer,
        Instant aliveUntil,
        Source source,
        Parent parent,
        List<BackupId> resumes,
        Start start,
        Stop stop,
        Totals totals,
        List<Pack> packs,
        List<Need> needs,
        ManifestSum manifest,
        String error,
        String nonce) {
    public static final int FORMAT = 1;

    /**
     * The backup that an incremental one was compared with; not needed to restore it.
     *
     * @param changedBy how it was told what had changed; null until that is known
     * @param reasons why no better way was possible, one for each
     */
    public record Parent(BackupId id, ChangedBy changedBy, List<String> reasons) {
        /** The parent of a backup that begins. */
        public static Parent of(BackupId id) {
            return new Parent(id, null, List.of());
        }
    }

    /**
     * A pack of another backup that this one needs.
     *
     * @param storedBytes how much of it is needed
     * @param end where in the pack that ends, so that a shorter one is not enough
     */
    public record Need(PackId pack, long storedBytes, long end) {
        /** Both of them together, of one pack. */
        public Need and(Need other) {
            return new Need(pack, storedBytes + other.storedBytes, Math.max(end, other.end));
        }
    }

    /** Who takes the backup. */
    public record Writer(String host, long pid, String pgagentVersion) {}

    /**
     * The cluster that is backed up.
     *
     * @param version the server's version number, such as 150020
     * @param recoverySettings the five settings that a standby or a recovery needs at least as high as here, and
     *     {@code wal_level}
     * @param walLogHints whether changes of hint bits were logged without data checksums, too; earlier records do not say
     * @param serverStartedAt when the postmaster was started; null in earlier records
     * @param tablespaces the tablespaces outside of {@code pg_default} and {@code pg_global}
     * @param databases the oid of each database, and the transaction that made its row in pg_database: another one if a
     *     database was dropped and made anew with the same oid
     */
    public record Source(
            SystemIdentifier systemIdentifier,
            int version,
            int pageSize,
            int walPageSize,
            int walSegmentSize,
            boolean dataChecksums,
            Boolean walLogHints,
            Instant serverStartedAt,
            boolean standby,
            Map<String, String> recoverySettings,
            List<Tablespace> tablespaces,
            Map<Long, Long> databases) {
        public Source {
            walLogHints = Boolean.TRUE.equals(walLogHints);
            databases = databases == null ? Map.of() : Map.copyOf(databases);
        }
    }

    /**
     * A tablespace.
     *
     * @param oid its directory's name below {@code pg_tblspc}
     * @param location its absolute path on the host of the source
     */
    public record Tablespace(long oid, String location) {}

    /** Where and when the backup began: the redo LSN of its checkpoint. */
    public record Start(Instant time, Timeline timeline, Lsn lsn, String checkpoint, String label) {}

    /**
     * Where and when the backup is consistent.
     *
     * @param wal the WAL that a recovery needs to reach that point, in the order of replay
     * @param xid the next transaction id at that time, 64 bits
     * @param finishedAt when all content and all WAL of the backup was in the repository; the manifest follows
     */
    public record Stop(Instant time, Timeline timeline, Lsn lsn, List<WalRange> wal, Long xid, Instant finishedAt) {}

    /**
     * Counts and sizes, in bytes.
     *
     * @param originalBytes sum of the sizes of the files
     * @param readBytes read from the data directory
     * @param storedBytes written into packs
     */
    public record Totals(
            long files,
            long directories,
            long links,
            long originalBytes,
            long readBytes,
            long storedBytes,
            long badPages,
            String compression,
            int chunkSize) {}

    /** A pack of this backup, with the CRC-32C of the whole object in eight hexadecimal digits. */
    public record Pack(int number, long size, String crc32c) {
        /** Its full name, as one of a backup's packs. */
        public PackId of(BackupId backup) {
            return new PackId(backup, number);
        }
    }

    /** The manifest object: its size and SHA-256, 64 hexadecimal digits. */
    public record ManifestSum(long size, String sha256) {}

    /** The record of a backup that begins. */
    public static BackupRecord running(BackupId id, BackupKind kind, Writer writer, Source source) {
        BackupState state = BackupState.RUNNING;
        return new BackupRecord(
                FORMAT, id, kind, state, writer, null, source, null, null, null, null, null, null, null, null, null,
                null);
    }

    /** The record with another state; {@code error} says why if it is a bad one, and is null if not. */
    public BackupRecord withState(BackupState state, String error) {
        Copy copy = new Copy(this);
        copy.state = state;
        copy.error = error;
        copy.aliveUntil = null;
        copy.nonce = null;
        return copy.record();
    }

    public BackupRecord withAliveUntil(Instant aliveUntil) {
        Copy copy = new Copy(this);
        copy.aliveUntil = aliveUntil;
        return copy.record();
    }

    /** What is true of the backup at a time: a RUNNING one that was not heard of in time is one of ERROR. */
    public BackupRecord asOf(Instant now) {
        if (state != BackupState.RUNNING || (aliveUntil != null && now.isBefore(aliveUntil))) {
            return this;
        }
        return withState(
                BackupState.ERROR,
                "it was abandoned: pgagent on " + writer.host() + " (pid " + writer.pid() + ") was killed or lost the"
                        + " store" + (aliveUntil == null ? "" : " before " + aliveUntil));
    }

    public BackupRecord withBounds(Start start, Stop stop) {
        Copy copy = new Copy(this);
        copy.start = start;
        copy.stop = stop;
        return copy.record();
    }

    public BackupRecord withParent(Parent parent) {
        Copy copy = new Copy(this);
        copy.parent = parent;
        return copy.record();
    }

    public BackupRecord withResumes(List<BackupId> resumes) {
        Copy copy = new Copy(this);
        copy.resumes = resumes.isEmpty() ? null : resumes;
        return copy.record();
    }

    /** Whether it may take packs of another backup for its own: it is compared with that one, or resumes it. */
    public boolean buildsOn(BackupId other) {
        return (parent != null && parent.id().equals(other)) || (resumes != null && resumes.contains(other));
    }

    /** What a backup has stored, and what of other backups it needs; null for the latter if that is nothing. */
    public BackupRecord withContent(Totals totals, List<Pack> packs, List<Need> needs) {
        Copy copy = new Copy(this);
        copy.totals = totals;
        copy.packs = packs;
        copy.needs = needs;
        return copy.record();
    }

    /** The record of a backup that is being deleted. */
    public BackupRecord deleting(String nonce) {
        Copy copy = new Copy(withState(BackupState.DELETING, error));
        copy.nonce = nonce;
        return copy.record();
    }

    /** The record of a deleted backup, of which some packs are still there: others need them. */
    public BackupRecord deleted(List<Pack> packsLeft) {
        Copy copy = new Copy(withState(BackupState.DELETED, error));
        copy.packs = packsLeft.isEmpty() ? null : packsLeft;
        copy.manifest = null;
        return copy.record();
    }

    public BackupRecord withManifest(ManifestSum manifest) {
        Copy copy = new Copy(this);
        copy.manifest = manifest;
        return copy.record();
    }

    /** Whether a recovery of this backup, one that is complete, can follow a history. */
    public boolean liesOn(TimelineHistory history) {
        return history.timeline().equals(stop.timeline())
                || (history.reaches(stop.timeline(), stop.lsn()) && history.contains(start.timeline(), start.lsn()));
    }

    /** Whether no page failed its checksum when it was taken. */
    public boolean hasOnlyGoodPages() {
        return totals == null || totals.badPages() == 0;
    }

    /** What it needs of other backups' packs, also if that is nothing. */
    public List<Need> needsOfOthers() {
        return needs == null ? List.of() : needs;
    }

    /** Whether a restore may use it: it has its manifest and was not found damaged. */
    public boolean restorable() {
        return state == BackupState.DONE || state == BackupState.OK;
    }

    /** A record to be made of another one: the same but for what is set. */
    private static final class Copy {
        private final BackupRecord original;
        private BackupState state;
        private Instant aliveUntil;
        private Parent parent;
        private List<BackupId> resumes;
        private Start start;
        private Stop stop;
        private Totals totals;
        private List<Pack> packs;
        private List<Need> needs;
        private ManifestSum manifest;
        private String error;
        private String nonce;

        private Copy(BackupRecord original) {
            this.original = original;
            state = original.state;
            aliveUntil = original.aliveUntil;
            parent = original.parent;
            resumes = original.resumes;
            start = original.start;
            stop = original.stop;
            totals = original.totals;
            packs = original.packs;
            needs = original.needs;
            manifest = original.manifest;
            error = original.error;
            nonce = original.nonce;
        }

        private BackupRecord record() {
            return new BackupRecord(
                    original.format,
                    original.id,
                    original.kind,
                    state,
                    original.writer,
                    aliveUntil,
                    original.source,
                    parent,
                    resumes,
                    start,
                    stop,
                    totals,
                    packs,
                    needs,
                    manifest,
                    error,
                    nonce);
        }
    }
}
