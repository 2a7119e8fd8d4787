package org.pgagent.repository;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalRange;

/**
 * What the record of a base backup says: pg_rman's {@code backup.ini} and more. Everything that {@code show} and
 * the plan of a restore need, so that neither reads the manifest.
 *
 * <p>All times are UTC; {@code start} and {@code stop} are told by the server. Fields that a RUNNING or ERROR backup cannot
 * have yet are null.
 *
 * @param format version of the repository format, 1
 * @param aliveUntil while it is RUNNING: when its writer, which says so again before that time, is to be taken for dead
 * @param annotations what whoever took the backup wanted to be kept of it; null if nothing
 * @param excluded patterns of what was left out of the data directory because whoever took the backup said so; null if none
 * @param parent what an incremental backup was compared with; null for a full one
 * @param resumes backups that never became complete, of whose packs it may use some; null if none
 * @param rewrites of a compaction that is not complete: the backups whose manifests it writes anew; null of all else
 * @param needs what this backup needs of other backups' packs; null if nothing
 * @param replaced manifests that it had before, which are still there; null if none
 * @param pin why retention leaves the backup alone; null if it does not
 * @param validation how it was looked at last, since it has this manifest; null if it was not
 * @param drills how restores from it were tried, since it has this manifest; null if none was
 * @param serverLogs what was stored of the server's log files after the backup; null if that was not asked for
 * @param damagedAt when something that a failed backup has stored was found damaged; null if nothing was
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
        BackupSource source,
        Map<String, String> annotations,
        List<String> excluded,
        Parent parent,
        List<BackupId> resumes,
        List<BackupId> rewrites,
        Start start,
        Stop stop,
        Totals totals,
        List<Pack> packs,
        List<Need> needs,
        ManifestSum manifest,
        List<ReplacedManifest> replaced,
        Pin pin,
        Validation validation,
        RestoreDrills drills,
        ServerLogFiles serverLogs,
        Instant damagedAt,
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

    /** The record of a backup that begins. */
    public static BackupRecord running(BackupId id, BackupKind kind, Writer writer, BackupSource source) {
        BackupState state = BackupState.RUNNING;
        return new BackupRecord(
                FORMAT, id, kind, state, writer, null, source, null, null, null, null, null, null, null, null, null,
                null, null, null, null, null, null, null, null, null, null);
    }

    private BackupRecord with(Consumer<BackupRecordCopy> change) {
        BackupRecordCopy copy = new BackupRecordCopy(this);
        change.accept(copy);
        return copy.record();
    }

    /** The record with another state; {@code error} says why if it is a bad one, and is null if not. */
    public BackupRecord withState(BackupState state, String error) {
        return with(copy -> {
            copy.state = state;
            copy.error = error;
            copy.aliveUntil = null;
            copy.nonce = null;
        });
    }

    public BackupRecord withAliveUntil(Instant aliveUntil) {
        return with(copy -> copy.aliveUntil = aliveUntil);
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
        return with(copy -> {
            copy.start = start;
            copy.stop = stop;
        });
    }

    /** The record with what whoever takes the backup has said of it. */
    public BackupRecord withWishes(Annotations annotations, List<String> excluded) {
        return with(copy -> {
            copy.annotations = annotations.byKey().isEmpty() ? null : annotations.byKey();
            copy.excluded = excluded.isEmpty() ? null : excluded;
        });
    }

    public BackupRecord withParent(Parent parent) {
        return with(copy -> copy.parent = parent);
    }

    public BackupRecord withResumes(List<BackupId> resumes) {
        return with(copy -> copy.resumes = resumes.isEmpty() ? null : resumes);
    }

    public BackupRecord withRewrites(List<BackupId> rewrites) {
        return with(copy -> copy.rewrites = rewrites.isEmpty() ? null : rewrites);
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
        return with(copy -> {
            copy.totals = totals;
            copy.packs = packs;
            copy.needs = needs;
        });
    }

    /**
     * The record of a complete backup that was looked at.
     *
     * @param damage what was found; null if it is whole
     */
    public BackupRecord validated(Validation validation, String damage) {
        return with(copy -> {
            copy.state = damage == null ? BackupState.OK : BackupState.CORRUPT;
            copy.error = damage;
            copy.validation = validation;
        });
    }

    /** The record of a backup of which something was found damaged at a time, if it has failed; of another one it is the same. */
    public BackupRecord foundDamaged(Instant at) {
        boolean failed = manifest == null && (state == BackupState.ERROR || state == BackupState.DELETING);
        return failed && damagedAt == null && format == FORMAT ? with(copy -> copy.damagedAt = at) : this;
    }

    /**
     * Whether a later backup may go on with what a failed one has stored: nobody was about to remove it, and nothing of it was
     * found damaged.
     */
    public boolean resumable() {
        return state == BackupState.ERROR && nonce == null && damagedAt == null;
    }

    /** When it was last found to be whole at such a depth; empty of one that is damaged. */
    public Optional<Instant> provenAt(Validation.Depth depth) {
        return state == BackupState.OK && validation != null ? validation.provenAt(depth) : Optional.empty();
    }

    /** Whether this is a complete backup, and still the same as another record of it tells of. */
    public boolean hasContentOf(BackupRecord other) {
        return isComplete() && manifest.equals(other.manifest) && asInManifest().equals(other.asInManifest());
    }

    /** What the manifest of a complete backup says of it. */
    public BackupRecord asInManifest() {
        return withState(BackupState.DONE, null).with(copy -> {
            copy.manifest = null;
            copy.replaced = null;
            copy.pin = null;
            copy.forgetProofs();
        });
    }

    /**
     * The record of a backup that is being deleted.
     *
     * @param aliveUntil when whoever deletes it is to be taken for dead
     */
    public BackupRecord deleting(String nonce, Instant aliveUntil) {
        return withState(BackupState.DELETING, error).with(copy -> {
            copy.nonce = nonce;
            copy.aliveUntil = aliveUntil;
        });
    }

    /** The record of a deleted backup, of which some packs are still there: others need them. */
    public BackupRecord deleted(List<Pack> packsLeft) {
        return withState(BackupState.DELETED, error).with(copy -> {
            copy.packs = packsLeft.isEmpty() ? null : packsLeft;
            copy.manifest = null;
            copy.replaced = null;
            copy.rewrites = null;
            copy.pin = null;
            copy.forgetProofs();
        });
    }

    public BackupRecord withManifest(ManifestSum manifest) {
        return with(copy -> copy.manifest = manifest);
    }

    /** The record with another manifest of the same content; the one before is kept in mind. */
    public BackupRecord rewritten(ManifestSum manifest, List<Need> needs) {
        return with(copy -> {
            copy.replaced = new ArrayList<>(replacedManifests());
            copy.replaced.add(new ReplacedManifest(this.manifest, needsOfOthers()));
            copy.manifest = manifest;
            copy.needs = needs;
            copy.forgetProofs();
        });
    }

    /** The record without mention of manifests that it had before. */
    public BackupRecord withoutReplaced() {
        return with(copy -> copy.replaced = null);
    }

    /** The record with a pin, or, if that is null, without one. */
    public BackupRecord withPin(Pin pin) {
        return with(copy -> copy.pin = pin);
    }

    /** Whether retention leaves it alone at a time. */
    public boolean isPinned(Instant now) {
        return pin != null && (pin.until() == null || now.isBefore(pin.until()));
    }

    /** Patterns of what was left out because somebody said so. */
    public List<String> exclusions() {
        return excluded == null ? List.of() : excluded;
    }

    /** The manifests that it had before and that are still there. */
    public List<ReplacedManifest> replacedManifests() {
        return replaced == null ? List.of() : replaced;
    }

    /** The record with a nonce and nothing else new: whoever would replace the one before finds that he cannot. */
    public BackupRecord touched(String nonce) {
        return with(copy -> copy.nonce = nonce);
    }

    public BackupRecord withNeeds(List<Need> needs) {
        return with(copy -> copy.needs = needs);
    }

    /** The record of a compaction that has stored its packs. */
    public BackupRecord withPacks(List<Pack> packs) {
        return with(copy -> copy.packs = packs);
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
                        replacedManifests().stream().flatMap(ReplacedManifest::packs))
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

    /**
     * Whether the next backup may be compared with it: a restore may use it, or all that it lacks is packs, which whoever lists
     * them sees, and stores anew what was in them.
     */
    public boolean comparable() {
        return restorable()
                || (state == BackupState.CORRUPT
                        && validation != null
                        && Boolean.TRUE.equals(validation.onlyPacksMissing()));
    }

    /** Whether it has its manifest, damaged or not. */
    @JsonIgnore
    public boolean isComplete() {
        return restorable() || state == BackupState.CORRUPT;
    }
}
