package org.pgagent.backup;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.pgagent.transfer.TransferProgress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A quick look at how much a data directory has, so that progress can say how much is left. Counts a little too much
 * (unlogged relations, for one), and may miss what comes and goes. Holds no list of files.
 */
public final class SizeEstimate extends SimpleFileVisitor<Path> {
    private static final Logger LOG = LoggerFactory.getLogger(SizeEstimate.class);

    private final Path dataDirectory;
    private final Path tablespaces;
    private long bytes;
    private long files;

    private SizeEstimate(Path dataDirectory) {
        this.dataDirectory = dataDirectory;
        this.tablespaces = dataDirectory.resolve("pg_tblspc");
    }

    /** Looks, and tells the progress; nothing if the directory cannot be read, for the backup itself will say why. */
    public static void tell(Path dataDirectory, TransferProgress progress) {
        try {
            SizeEstimate estimate = new SizeEstimate(dataDirectory.toRealPath());
            Files.walkFileTree(estimate.dataDirectory, estimate);
            progress.totalKnown(estimate.bytes, estimate.files);
        } catch (IOException e) {
            LOG.debug("cannot tell how much there is in {}", dataDirectory, e);
        }
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
        boolean wal = directory.equals(dataDirectory.resolve("pg_wal"));
        boolean temporary = String.valueOf(directory.getFileName()).startsWith("pgsql_tmp");
        return wal || temporary ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        if (attributes.isRegularFile()) {
            bytes += attributes.size();
            files++;
        } else if (attributes.isSymbolicLink() && tablespaces.equals(file.getParent()) && Files.isDirectory(file)) {
            Path location = file.toRealPath();
            if (!location.startsWith(dataDirectory)) {
                Files.walkFileTree(location, this);
            }
        }
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
        return FileVisitResult.CONTINUE;
    }
}
