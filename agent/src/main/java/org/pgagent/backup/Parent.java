package org.pgagent.backup;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.RelationFile;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupSource;
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
    private final Told told;
    private final StoredPacks packs;
    private final Manifests.Open manifest;
    private Optional<ManifestEntry> next;

    /**
     * What is known of the backup that is compared with the parent.
     *
     * @param databases as they are since it began, by oid: what its record says may be older than its beginning
     */
    record Told(BackupSource source, ParentChoice.Comparison comparison, Map<Long, Long> databases) {}

    /**
     * Begins to read the parent's manifest.
     *
     * @param packs those that are in the store
     */
    Parent(BackupRecord record, Told told, StoredPacks packs, Manifests manifests) throws IOException {
        this.record = record;
        this.told = told;
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

    /** Only pages of main forks change with their LSN, and only those are listed without fail. */
    private ChangeRule rule(DataPath path) {
        Optional<RelationFile> relation =
                RelationFile.parse(path).filter(file -> file.fork() == RelationFile.Fork.MAIN);
        if (relation.isEmpty()) {
            return new ChangeRule.ByContent();
        }
        ParentChoice.Comparison comparison = told.comparison();
        return switch (comparison.parent().changedBy()) {
            case SUMMARIES -> comparison.changes().orElseThrow().rule(relation.get());
            case LSN ->
                keepsLsns(relation.get())
                        ? new ChangeRule.ByPageLsn(
                                record.start().lsn(), told.source().pageSize())
                        : new ChangeRule.ByContent();
            case HASH -> new ChangeRule.ByContent();
        };
    }

    /** A database that was dropped and made anew with the same oid has other pages with LSNs that are as old. */
    private boolean keepsLsns(RelationFile relation) {
        Long madeBy = told.databases().get(relation.database());
        return relation.database() == 0
                || (madeBy != null && madeBy.equals(record.source().databases().get(relation.database())));
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
