package org.pgagent.catalog;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.Manifests;
import org.pgagent.repository.Validation;
import org.pgagent.repository.WalArchive;
import org.pgagent.storage.ObjectKey;
import org.pgagent.transfer.StoredObjects;
import org.pgagent.transfer.StoredPacks;

/** One look at one complete backup: what of it is damaged. Changes nothing. */
final class BackupLook {
    /** What was damaged on the way is whole when it is read once more. */
    private static final int TRIES = 2;

    private final ContentRead.Source source;
    private final BackupRecord record;
    private final Manifests manifests;
    private final Damages damages = new Damages();

    BackupLook(ContentRead.Source source, BackupRecord record) {
        this.source = source;
        this.record = record;
        this.manifests = new Manifests(source.store(), source.keys());
    }

    /**
     * Looks at all of it.
     *
     * @param listed the packs, by a listing that may be some time old
     * @throws PgAgentException of any kind but CORRUPTED if the store leaves in doubt what is there
     */
    Damages at(Validation.Depth depth, StoredPacks listed) throws IOException {
        List<StoredObjects.Mismatch> packs = new ArrayList<>();
        boolean manifestThere = true;
        for (StoredObjects.Mismatch mismatch :
                new StoredObjects(source.store(), source.keys()).mismatches(record, listed)) {
            if (mismatch.pack().isPresent()) {
                packs.add(mismatch);
                damages.packs().endsAt(mismatch.pack().get(), mismatch.found().orElse(0), mismatch.problem());
            } else {
                manifestThere = false;
                damages.add(Damage.Kind.MANIFEST, mismatch.key(), mismatch.problem());
            }
        }
        if (manifestThere) {
            content(depth);
        }
        // What no file needs is damaged all the same: a compaction, or the next backup, may want to read it.
        packs.forEach(mismatch -> damages.add(Damage.Kind.PACK, mismatch.key(), mismatch.problem()));
        wal(depth);
        return damages;
    }

    /** Only whether something that is known to be damaged is needed. Reads the manifest and no more. */
    Damages at(DamagedPacks known) throws IOException {
        Optional<ManifestFacts> facts = facts();
        if (facts.isPresent()) {
            read(() -> new ContentRead(source, record, facts.get(), damages).filesWith(known));
        }
        return damages;
    }

    private void content(Validation.Depth depth) throws IOException {
        boolean deep = depth == Validation.Depth.DEEP;
        if (!deep && damages.packs().isEmpty()) {
            manifest(() -> {
                manifests.verify(record);
                return null;
            });
            return;
        }
        Optional<ManifestFacts> facts = facts();
        if (facts.isPresent()) {
            ContentRead content = new ContentRead(source, record, facts.get(), damages);
            DamagedPacks known = new DamagedPacks();
            known.addAll(damages.packs());
            read(() -> {
                if (deep) {
                    content.everything(known);
                } else {
                    content.filesWith(known);
                }
            });
        }
    }

    /** Empty if the manifest is damaged. */
    private Optional<ManifestFacts> facts() throws IOException {
        Optional<ManifestFacts> facts = manifest(() -> ManifestFacts.read(manifests, record));
        List<String> different = facts.map(ManifestFacts::differences).orElse(List.of());
        if (!different.isEmpty()) {
            requireReadRight();
            damages.add(
                    Damage.Kind.RECORD,
                    source.keys().backupRecord(record.id()),
                    "is not what the manifest says it was, in: " + String.join(", ", different));
        }
        return facts;
    }

    /** What differs may have been damaged on the way. */
    private void requireReadRight() throws IOException {
        Optional<BackupRecord> again = new BackupRecords(source.store(), source.keys()).find(record.id());
        if (!again.equals(Optional.of(record))) {
            throw new PgAgentException(
                    ErrorKind.OBJECT_CHANGED,
                    "the record of the backup " + record.id() + " was read twice and was not the same",
                    "Run the same command again.");
        }
    }

    private interface Reading<T> {
        T read() throws IOException;
    }

    private interface Step {
        void run() throws IOException;
    }

    private <T> Optional<T> manifest(Reading<T> reading) throws IOException {
        ObjectKey key = source.keys().manifest(record);
        for (int attempt = 1; ; attempt++) {
            try {
                return Optional.ofNullable(reading.read());
            } catch (PgAgentException e) {
                if (e.kind() != ErrorKind.CORRUPTED) {
                    throw e;
                }
                if (attempt == TRIES) {
                    damages.add(Damage.Kind.MANIFEST, key, Problems.without(key, e.getMessage()));
                    return Optional.empty();
                }
            }
        }
    }

    /** Of a manifest that was read whole before: if it is something else now, that is no proof of anything. */
    private static void read(Step step) throws IOException {
        try {
            step.run();
        } catch (PgAgentException e) {
            if (e.kind() != ErrorKind.CORRUPTED) {
                throw e;
            }
            throw new PgAgentException(
                    ErrorKind.OBJECT_CHANGED,
                    "a manifest was read whole, and a moment later it was not: " + e.getMessage(),
                    "Run the same command again.",
                    e);
        }
    }

    private void wal(Validation.Depth depth) throws IOException {
        switch (depth) {
            case QUICK -> {
                WalArchive archive = new WalArchive(source.store(), source.keys());
                for (SegmentRange missing : new BackupWal(archive).missing(record)) {
                    damages.add(
                            Damage.Kind.WAL,
                            source.keys().walFile(missing.first().fileName()),
                            missing.count() == 1
                                    ? "is missing"
                                    : "and the segments after it up to " + missing.last() + " are missing");
                }
            }
            case DEEP -> new WalRead(source).read(record, damages);
        }
    }
}
