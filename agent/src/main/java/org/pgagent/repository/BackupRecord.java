package org.pgagent.repository;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
 * @param rewrites of a compaction that is not complete: the backups whose manifests it writes anew; null of all else
 * @param needs what this backup needs of other backups' packs; null if nothing
 * @param replaced manifests that it had before, which are still there; null if none
 * @param error why the backup ended as ERROR or is CORRUPT
 * @param nonce makes a record another one than it was before with the same content: while it is DELETING, that of each
 *     removal, so that none takes another's for its own
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
        List<BackupId> rewrites,
        Start start,
        Stop stop,
        Totals totals,
        List<Pack> packs,
        List<Need> needs,
        ManifestSum manifest,
        List<Replaced> replaced,
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

    /**
     * The manifest object: its size and SHA-256, 64 hexadecimal digits.
     *
     * @param compaction which one has written it anew; null if none has
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ManifestSum(long size, String sha256, BackupId compaction) {
        Optional<BackupId> rewrittenBy() {
            return Optional.ofNullable(compaction);
        }
    }

    /**
     * A manifest that a compaction has replaced. Whoever reads it still has what it needs, until nobody can.
     *
     * @param needs as that manifest has them
     */
    public record Replaced(ManifestSum manifest, List<Need> needs) {
        public Replaced {
            needs = needs == null ? List.of() : List.copyOf(needs);
        }

        /** The packs that it needs. */
        public Stream<PackId> packs() {
            return needs.stream().map(Need::pack);
        }
    }

    /** The record of a backup that begins. */
    public static BackupRecord running(BackupId id, BackupKind kind, Writer writer, Source source) {
        BackupState state = BackupState.RUNNING;
        return new BackupRecord(
                FORMAT, id, kind, state, writer, null, source, null, null, null, null, null, null, null, null, null,
                null, null, null);
    }

    /** The record with another state; {@code error} says why if it is a bad one, and is null if not. */
    public BackupRecord withState(BackupState state, String error) {
        BackupRecordCopy copy = new BackupRecordCopy(this);
        copy.state = state;
        copy.error = error;
        copy.aliveUntil = null;
        copy.nonce = null;
        return copy.record();
    }

    public BackupRecord withAliveUntil(Instant aliveUntil) {
        BackupRecordCopy copy = new BackupRecordCopy(this);
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
        BackupRecordCopy copy = new BackupRecordCopy(this);
        copy.start = start;
        copy.stop = stop;
        return copy.record();
    }

    public BackupRecord withParent(Parent parent) {
        BackupRecordCopy copy = new BackupRecordCopy(this);
        copy.parent = parent;
        return copy.record();
    }

    public BackupRecord withResumes(List<BackupId> resumes) {
        BackupRecordCopy copy = new BackupRecordCopy(this);
        copy.resumes = resumes.isEmpty() ? null : resumes;
        return copy.record();
    }

    public BackupRecord withRewrites(List<BackupId> rewrites) {
        BackupRecordCopy copy = new BackupRecordCopy(this);
        copy.rewrites = rewrites.isEmpty() ? null : rewrites;
        return copy.record();
    }

    /**
     * Whether another backup has to stay as long as this is RUNNING: it is compared with that one, resumes it, or writes its
     * manifest anew.
     */
    public boolean buildsOn(BackupId other) {
        return (parent != null && parent.id().equals(other))
                || (resumes != null && resumes.contains(other))
                || (rewrites != null && rewrites.contains(other));
    }

    /** What a backup has stored, and what of other backups it needs; null for the latter if that is nothing. */
    public BackupRecord withContent(Totals totals, List<Pack> packs, List<Need> needs) {
        BackupRecordCopy copy = new BackupRecordCopy(this);
        copy.totals = totals;
        copy.packs = packs;
        copy.needs = needs;
        return copy.record();
    }

    /** The record of a backup that is being deleted. */
    public BackupRecord deleting(String nonce) {
        BackupRecordCopy copy = new BackupRecordCopy(withState(BackupState.DELETING, error));
        copy.nonce = nonce;
        return copy.record();
    }

    /** The record of a deleted backup, of which some packs are still there: others need them. */
    public BackupRecord deleted(List<Pack> packsLeft) {
        BackupRecordCopy copy = new BackupRecordCopy(withState(BackupState.DELETED, error));
        copy.packs = packsLeft.isEmpty() ? null : packsLeft;
        copy.manifest = null;
        copy.replaced = null;
        copy.rewrites = null;
        return copy.record();
    }

    public BackupRecord withManifest(ManifestSum manifest) {
        BackupRecordCopy copy = new BackupRecordCopy(this);
        copy.manifest = manifest;
        return copy.record();
    }

    /** The record with another manifest of the same content; the one before is kept in mind. */
    public BackupRecord rewritten(ManifestSum manifest, List<Need> needs) {
        BackupRecordCopy copy = new BackupRecordCopy(this);
        copy.replaced = new ArrayList<>(replacedManifests());
        copy.replaced.add(new Replaced(this.manifest, needsOfOthers()));
        copy.manifest = manifest;
        copy.needs = needs;
        return copy.record();
    }

    /** The record without mention of manifests that it had before. */
    public BackupRecord withoutReplaced() {
        BackupRecordCopy copy = new BackupRecordCopy(this);
        copy.replaced = null;
        return copy.record();
    }

    /** The manifests that it had before and that are still there. */
    public List<Replaced> replacedManifests() {
        return replaced == null ? List.of() : replaced;
    }

    /** The record with a nonce and nothing else new: whoever would replace the one before finds that he cannot. */
    public BackupRecord touched(String nonce) {
        BackupRecordCopy copy = new BackupRecordCopy(this);
        copy.nonce = nonce;
        return copy.record();
    }

    /** The record of a compaction that has stored its packs. */
    public BackupRecord withPacks(List<Pack> packs) {
        BackupRecordCopy copy = new BackupRecordCopy(this);
        copy.packs = packs;
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

    /** Every pack of other backups that it needs, also by manifests that it had before. */
    public Set<PackId> neededPacks() {
        return Stream.concat(
                        needsOfOthers().stream().map(Need::pack),
                        replacedManifests().stream().flatMap(Replaced::packs))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** What it needs of other backups' packs, also if that is nothing. */
    public List<Need> needsOfOthers() {
        return needs == null ? List.of() : needs;
    }

    /** Whether a restore may use it: it has its manifest and was not found damaged. */
    public boolean restorable() {
        return state == BackupState.DONE || state == BackupState.OK;
    }

    /** Whether it has its manifest, damaged or not. */
    public boolean isComplete() {
        return restorable() || state == BackupState.CORRUPT;
    }
}
