package org.pgagent.catalog;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.Validation;
import org.pgagent.storage.CountingObjectStore;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectChangedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has one backup looked at, and says in its record what was found; again, if somebody has changed the backup meanwhile. */
final class BackupVerdict {
    private static final Logger LOG = LoggerFactory.getLogger(BackupVerdict.class);

    /** Each is a whole look, which a compaction may make void. */
    private static final int LOOKS_MAX = 3;

    /** A pin, another validation: what was looked at is the same. */
    private static final int WRITES_MAX = 10;

    /** What was damaged on the way is whole when it is read once more. */
    private static final int READS_MAX = 2;

    private final CountingObjectStore store;
    private final ClusterKeys keys;
    private final BackupRecords records;
    private final BackupValidation.Around around;

    BackupVerdict(CountingObjectStore store, ClusterKeys keys, BackupValidation.Around around) {
        this.store = store;
        this.keys = keys;
        this.records = new BackupRecords(store, keys);
        this.around = around;
    }

    /**
     * How to look.
     *
     * @param depth how closely that is
     * @param says which findings go into the record
     */
    record How(Validation.Depth depth, Says says, Look look) {}

    /** Which findings go into the record. */
    enum Says {
        ALL,
        /** Whoever looks at a part cannot say that a backup is whole. */
        DAMAGE_ONLY
    }

    /** Says what of a complete backup is damaged. */
    interface Look {
        Damages at(BackupRecord record) throws IOException;
    }

    /** A look that was made: at what, when it began, and what it took. */
    private record Looked(BackupRecords.Versioned at, Instant began, Damages damages, long bytesRead) {}

    /** @throws PgAgentException of any kind but CORRUPTED if nothing can be said */
    ValidationOutcome of(BackupId id, How how) throws IOException {
        for (int looks = 1; ; looks++) {
            Optional<BackupRecords.Versioned> found;
            try {
                found = read(id);
            } catch (PgAgentException e) {
                if (e.kind() != ErrorKind.CORRUPTED) {
                    throw e;
                }
                return recordDamaged(id, Problems.without(keys.backupRecord(id), e.getMessage()));
            }
            if (found.isEmpty()) {
                return withoutRecord(id);
            }
            BackupRecord record = found.get().record();
            if (!record.isComplete()) {
                return ValidationOutcome.of(record, ValidationOutcome.Verdict.GONE, "it is " + record.state() + " now");
            }
            requireKnownFormat(record);
            try {
                Optional<ValidationOutcome> outcome = settle(look(found.get(), how), how);
                if (outcome.isPresent()) {
                    return outcome.get();
                }
                throw new PgAgentException(
                        ErrorKind.OBJECT_CHANGED,
                        "somebody else changes the backup " + id + " again and again",
                        "Run the same command again when that has come to its end.");
            } catch (PgAgentException e) {
                if (e.kind() != ErrorKind.OBJECT_CHANGED || looks == LOOKS_MAX) {
                    throw e;
                }
                LOG.info("a backup has changed while it was looked at, and is looked at again id={}", id);
            }
        }
    }

    /** Says of failed backups that something which they have stored, and which others need, was found damaged. */
    void ofOwners(Set<BackupId> owners) throws IOException {
        Instant now = around.clock().instant();
        for (BackupId owner : owners) {
            try {
                Optional<BackupRecord> told = records.change(owner, record -> record.foundDamaged(now));
                if (told.filter(record -> now.equals(record.damagedAt())).isPresent()) {
                    LOG.warn("what a failed backup has stored is damaged, and is not used again id={}", owner);
                }
            } catch (PgAgentException e) {
                BackupRecords.unreadable(owner, e); // whose record cannot be read is nobody's to go on with
            }
        }
    }

    private Optional<BackupRecords.Versioned> read(BackupId id) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return records.read(id);
            } catch (PgAgentException e) {
                if (e.kind() != ErrorKind.CORRUPTED || attempt == READS_MAX) {
                    throw e;
                }
            }
        }
    }

    /** Nobody who removes a backup takes its record before the rest. */
    private ValidationOutcome withoutRecord(BackupId id) throws IOException {
        boolean something = !store.list(keys.backupPrefix(id), ListDepth.ALL, Optional.empty())
                .objects()
                .isEmpty();
        return something
                ? recordDamaged(id, "is missing, and there is something of the backup")
                : new ValidationOutcome(
                        id, Optional.empty(), null, ValidationOutcome.Verdict.GONE, List.of(), 0, "it was purged");
    }

    private ValidationOutcome recordDamaged(BackupId id, String problem) {
        Damage damage = new Damage(Damage.Kind.RECORD, keys.backupRecord(id), problem, Optional.empty());
        LOG.warn("backup is damaged id={} damage=\"{}\"", id, damage);
        return new ValidationOutcome(
                id,
                Optional.empty(),
                null,
                ValidationOutcome.Verdict.DAMAGED,
                List.of(damage),
                0,
                "its manifest has a copy of its record");
    }

    private static void requireKnownFormat(BackupRecord record) throws PgAgentException {
        if (record.format() != BackupRecord.FORMAT) {
            throw new PgAgentException(
                    ErrorKind.INCOMPATIBLE,
                    "the backup " + record.id() + " has the format " + record.format() + "; this pgagent knows "
                            + BackupRecord.FORMAT,
                    "Install a newer pgagent.");
        }
    }

    private Looked look(BackupRecords.Versioned backup, How how) throws IOException {
        Instant began = around.clock().instant();
        long readBefore = store.counts().readBytes();
        Damages damages = how.look().at(backup.record());
        return new Looked(backup, began, damages, store.counts().readBytes() - readBefore);
    }

    /** Empty if the backup is no longer the one that was looked at. */
    private Optional<ValidationOutcome> settle(Looked looked, How how) throws IOException {
        BackupRecords.Versioned current = looked.at();
        for (int writes = 1; writes <= WRITES_MAX; writes++) {
            BackupRecord now = current.record();
            if (looked.damages().isEmpty() && how.says() == Says.DAMAGE_ONLY) {
                return Optional.of(
                        ValidationOutcome.of(now, ValidationOutcome.Verdict.TRUSTED, "what is damaged is not its own"));
            }
            if (looked.damages().isEmpty() && keepsDamage(looked.at().record(), now, how.depth())) {
                return Optional.of(ValidationOutcome.of(
                        now,
                        ValidationOutcome.Verdict.DAMAGED,
                        "it was found damaged before, which "
                                + (how.depth() == Validation.Depth.QUICK ? "only --deep can see: " : "may be later: ")
                                + now.error()));
            }
            BackupRecord next = next(now, looked, how);
            try {
                records.replace(current, next);
                return Optional.of(told(looked, next));
            } catch (ObjectChangedException e) {
                Optional<BackupRecords.Versioned> there = records.read(now.id());
                if (there.isEmpty()
                        || !there.get().record().hasContentOf(looked.at().record())) {
                    throw e;
                }
                current = there.get();
            }
        }
        return Optional.empty();
    }

    /** A look may not clear what a closer one, or one at the same time, has found. */
    private static boolean keepsDamage(BackupRecord then, BackupRecord now, Validation.Depth depth) {
        return now.state() == BackupState.CORRUPT
                && (!depth.covers(foundBy(now)) || !Objects.equals(then.validation(), now.validation()));
    }

    /** Whether packs are all that is missing, also after what others have found that this look could not see. */
    private static boolean lacksOnlyPacks(Looked looked, BackupRecord now, How how) {
        boolean sawAll = how.says() == Says.ALL && !keepsDamage(looked.at().record(), now, how.depth());
        return looked.damages().areOnlyMissingPacks()
                && (now.state() != BackupState.CORRUPT || now.comparable() || sawAll);
    }

    private static Validation.Depth foundBy(BackupRecord damaged) {
        return damaged.validation() == null
                ? Validation.Depth.QUICK
                : damaged.validation().depth();
    }

    private BackupRecord next(BackupRecord now, Looked looked, How how) {
        Validation.Depth depth = how.depth();
        boolean whole = looked.damages().isEmpty();
        boolean wasDamaged = now.state() == BackupState.CORRUPT;
        Validation.Depth said = !whole && wasDamaged && foundBy(now).covers(depth) ? foundBy(now) : depth;
        Instant deepBefore =
                wasDamaged || now.validation() == null ? null : now.validation().deepAt();
        Instant deepAt = depth == Validation.Depth.DEEP ? looked.began() : deepBefore;
        Validation validation = new Validation(
                looked.began(), said, around.writer().pgagentVersion(), looked.bytesRead(), whole ? deepAt : null);
        if (whole) {
            return now.validated(validation, null);
        }
        return now.validated(
                lacksOnlyPacks(looked, now, how) ? validation.withOnlyPacksMissing() : validation,
                looked.damages().summary());
    }

    private static ValidationOutcome told(Looked looked, BackupRecord next) {
        BackupRecord before = looked.at().record();
        boolean whole = looked.damages().isEmpty();
        if (whole) {
            LOG.info(
                    "backup is whole id={} depth={}",
                    next.id(),
                    next.validation().depth());
        } else {
            LOG.warn("backup is damaged id={} damage=\"{}\"", next.id(), next.error());
        }
        String again = whole && before.state() == BackupState.CORRUPT
                ? "whole again; it was CORRUPT: " + before.error()
                : null;
        return new ValidationOutcome(
                next.id(),
                Optional.of(next),
                before.state(),
                whole ? ValidationOutcome.Verdict.WHOLE : ValidationOutcome.Verdict.DAMAGED,
                looked.damages().list(),
                looked.damages().untold(),
                again);
    }
}
