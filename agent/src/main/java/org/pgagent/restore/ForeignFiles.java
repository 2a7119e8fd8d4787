package org.pgagent.restore;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.pgagent.postgres.CatalogVersion;
import org.pgagent.postgres.DataPath;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what somebody put into the directories of a restore while it was interrupted: whatever the backup does not have.
 * Stays within the data directory, the directory for pg_wal and, in tablespaces, the directory of this version; follows no
 * other links.
 */
final class ForeignFiles {
    private static final Logger LOG = LoggerFactory.getLogger(ForeignFiles.class);

    private final RestoredTree tree;
    private final PathSet known;
    private final Set<Path> linkedRoots = new HashSet<>();

    /**
     * For a tree.
     *
     * @param known the paths in the backup
     */
    ForeignFiles(RestoredTree tree, PathSet known) {
        this.tree = tree;
        this.known = known;
        known.add(RestoredTree.COMING_CONTROL_FILE);
        known.add(RestoredTree.WAL);
        known.add(RestoredManifest.PATH);
        known.add(DataPath.of(RestoreMarker.FILE_NAME));
        known.add(RestoredTree.WAL.resolve(RestoreMarker.PART_FILE_NAME));
    }

    void remove() throws IOException {
        for (Path linked : tree.roots().subList(1, tree.roots().size())) {
            linkedRoots.add(linked.toRealPath());
        }
        removeIn(DataPath.ROOT);
        if (tree.plan().walDirectory().isPresent()) {
            removeIn(RestoredTree.WAL);
        }
        String versionDirectory =
                CatalogVersion.ofMajor(tree.plan().majorVersion()).tablespaceDirectory();
        for (PlannedDirectory tablespace : tree.plan().tablespaces()) {
            DataPath path = DataPath.of("pg_tblspc")
                    .resolve(tablespace.oid().orElseThrow())
                    .resolve(versionDirectory);
            if (Files.isDirectory(tree.path(path), LinkOption.NOFOLLOW_LINKS)) {
                removeIn(path);
            }
        }
    }

    private void removeIn(DataPath directory) throws IOException {
        removeIn(directory, tree.path(directory).toRealPath());
    }

    /** The real path tells where a link from the tree leads back into it. */
    private void removeIn(DataPath directory, Path real) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(real)) {
            for (Path entry : entries) {
                if (linkedRoots.contains(entry)) {
                    continue;
                }
                DataPath path = directory.resolve(entry.getFileName());
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    removeIn(path, entry);
                }
                if (!known.has(path) && linkedRoots.stream().noneMatch(linked -> linked.startsWith(entry))) {
                    LOG.info("removes what is not in the backup path={}", path);
                    Files.delete(entry);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }
}
