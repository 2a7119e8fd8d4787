package org.pgagent.backup;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.RelationFile;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ChangedBy;
import org.pgagent.repository.ManifestEntry;
import org.pgagent.repository.Manifests;
import org.pgagent.transfer.ChangeRule;
import org.pgagent.transfer.Predecessor;
import org.pgagent.transfer.StoredPacks;

/**
 * The parent of an incremental backup, whose manifest is read beside the scan: both are in the order of {@link
 * DataPath#compareTo}, so that each holds one entry at a time. For one thread.
 */
final class Parent implements Predecessors {
    private final BackupRecord record;
    private final BackupRecord.Source source;
    private final ChangedBy changedBy;
    private final Map<Long, Long> databases;
    private final StoredPacks packs;
    private final Manifests.Open manifest;
    private Optional<ManifestEntry> next;

    /**
     * Begins to read the parent's manifest.
     *
     * @param backup the record of the backup that is compared with it
     * @param databases as they are since the backup began, by oid: what its record says may be older than its beginning
     * @param packs those that are in the store
     */
    Parent(BackupRecord record, BackupRecord backup, Map<Long, Long> databases, StoredPacks packs, Manifests manifests)
            throws IOException {
        this.record = record;
        this.databases = databases;
        this.source = backup.source();
        this.changedBy = backup.parent().changedBy();
        this.packs = packs;
        this.manifest = manifests.open(record);
        this.next = manifest.next();
    }

    @Override
    public Predecessor find(DataPath path) throws IOException {
        while (next.isPresent() && next.get().path().compareTo(path) < 0) {
            next = manifest.next();
        }
        if (next.isPresent()
                && next.get().path().equals(path)
                && next.get() instanceof ManifestEntry.RegularFile file) {
            return new Predecessor(file.content(), file.crc32c(), rule(path), packs);
        }
        return Predecessor.NONE;
    }

    private ChangeRule rule(DataPath path) {
        Optional<RelationFile> relation = RelationFile.parse(path);
        boolean ruled =
                changedBy == ChangedBy.LSN && relation.filter(this::keepsLsns).isPresent();
        return ruled ? new ChangeRule.ByPageLsn(record.start().lsn(), source.pageSize()) : new ChangeRule.ByContent();
    }

    /**
     * Only pages of main forks change with their LSN; and a database that was dropped and made anew with the same oid has
     * other pages with LSNs that are as old.
     */
    private boolean keepsLsns(RelationFile relation) {
        Long madeBy = databases.get(relation.database());
        return relation.fork() == RelationFile.Fork.MAIN
                && (relation.database() == 0
                        || (madeBy != null
                                && madeBy.equals(record.source().databases().get(relation.database()))));
    }

    @Override
    public void complete() throws IOException {
        while (next.isPresent()) {
            next = manifest.next();
        }
        manifest.trailer();
    }

    @Override
    public void close() throws IOException {
        manifest.close();
    }
}
