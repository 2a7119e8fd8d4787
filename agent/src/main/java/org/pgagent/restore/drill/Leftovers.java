package org.pgagent.restore.drill;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.pgagent.error.FileSystemReason;
import org.pgagent.postgres.ServerRun;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What drills that were killed have left in a place: a directory, and perhaps a server that runs in it. It goes only if it is
 * of this user, marked, and nobody holds its marker.
 */
final class Leftovers {
    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);
    private static final int MARKER_MAX_BYTES = 1000;

    private Leftovers() {}

    /** Removes them, and tells of each in the log; one that cannot be removed is no reason not to go on. */
    static void remove(Path place) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(place, DrillDirectory.PREFIX + "*")) {
            for (Path directory : entries) {
                try {
                    if (isMarked(directory)) {
                        removeUnheld(directory);
                    }
                } catch (IOException e) {
                    LOG.warn(
                            "what an earlier drill has left in {} cannot be removed: {}",
                            directory,
                            FileSystemReason.of(e));
                }
            }
        }
    }

    private static boolean isMarked(Path directory) throws IOException {
        Path marker = directory.resolve(DrillDirectory.MARKER);
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                || !Files.isRegularFile(marker, LinkOption.NOFOLLOW_LINKS)
                || !Files.isReadable(marker)
                || !Files.getAttribute(marker, "unix:nlink").equals(1)
                || Files.size(marker) > MARKER_MAX_BYTES) {
            return false;
        }
        boolean own = Files.getOwner(marker, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(Path.of("/proc/self")));
        return own && (Files.size(marker) == 0 || Files.readString(marker).startsWith(DrillDirectory.MARKED));
    }

    private static void removeUnheld(Path directory) throws IOException {
        try (FileChannel channel =
                        FileChannel.open(directory.resolve(DrillDirectory.MARKER), StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock == null) {
                return;
            }
            Path data = DrillDirectory.data(directory);
            Optional<ServerRun> run = ServerRun.of(data).filter(server -> runsIn(server, data));
            if (run.isPresent()) {
                PrivateServer.end(run.get().pid());
            }
            TreeRemoval.remove(directory);
            LOG.warn(
                    "an earlier drill was killed; what it had left is removed directory={} server={}",
                    directory,
                    run.isPresent() ? "stopped" : "none");
        } catch (OverlappingFileLockException e) {
            LOG.debug("a drill of this process goes on directory={}", directory, e);
        }
    }

    /** The id of a process that has ended may be another one's by now. A server's working directory is its data directory. */
    private static boolean runsIn(ServerRun server, Path data) {
        try {
            return Path.of("/proc/" + server.pid() + "/cwd").toRealPath().equals(data.toRealPath());
        } catch (IOException e) {
            return false;
        }
    }
}
