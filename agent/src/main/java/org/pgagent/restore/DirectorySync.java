package org.pgagent.restore;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * Makes whole directory trees durable.
 *
 * <p>Where it can, with one {@code syncfs} of the tree's file system, by the {@code sync} program of the GNU coreutils:
 * thousands of {@code fsync} calls each wait for the disk, one {@code syncfs} waits about once. It can where the kernel
 * tells {@code syncfs} about failed writes (Linux 5.8) and the file system is one that is known to wait for all data.
 * Everywhere else every file and directory is synced by itself, directories after what is in them.
 */
final class DirectorySync implements TreeSync {
    private static final Set<String> FILE_SYSTEMS = Set.of("ext4", "xfs", "btrfs");
    private static final Pattern KERNEL = Pattern.compile("(\\d+)\\.(\\d+).*");
    private static final int KERNEL_SINCE = 5 * 1000 + 8;
    private static final long PROBE_SECONDS_MAX = 10;
    /** What Java adds to the number of the signal that ended a process. */
    private static final int SIGNALLED = 128;

    private final Cancellation cancellation;

    DirectorySync(Cancellation cancellation) {
        this.cancellation = cancellation;
    }

    @Override
    public void sync(List<Path> roots, Path locked) throws IOException {
        for (Path root : roots) {
            try {
                if (waitsForAllData(root) && kernelTells() && programWorks()) {
                    syncFileSystem(root);
                } else {
                    syncEach(root, locked);
                    if (Files.isReadable(root.getParent())) {
                        syncOne(root.getParent());
                    }
                }
            } catch (IOException e) {
                throw LocalFailure.syncing(root, e);
            }
        }
    }

    /** No for a file system that is not in the list of mounts, as the root of a chroot is not. */
    private static boolean waitsForAllData(Path root) {
        try {
            return FILE_SYSTEMS.contains(Files.getFileStore(root).type());
        } catch (IOException unlisted) {
            return false;
        }
    }

    private static boolean kernelTells() {
        Matcher version = KERNEL.matcher(System.getProperty("os.version"));
        return System.getProperty("os.name").equals("Linux")
                && version.matches()
                && Integer.parseInt(version.group(1)) * 1000 + Integer.parseInt(version.group(2)) >= KERNEL_SINCE;
    }

    /** Asks for a file system that has nothing to sync. */
    private static boolean programWorks() {
        try {
            Process probe = start(Path.of("/proc/self"));
            if (!waitFor(probe, PROBE_SECONDS_MAX)) {
                probe.destroy();
                return false;
            }
            return probe.exitValue() == 0;
        } catch (IOException absent) {
            return false;
        }
    }

    private void syncFileSystem(Path root) throws IOException {
        Process sync = start(root);
        while (!waitFor(sync, 1)) {
            if (cancellation.requested()) {
                sync.destroy();
                cancellation.check();
            }
        }
        if (sync.exitValue() != 0) {
            throw unfinished(
                    root,
                    sync.exitValue(),
                    new String(sync.getInputStream().readNBytes(1000), StandardCharsets.UTF_8).strip());
        }
    }

    /** A terminal sends its interrupt to the program too, often before this process has heard of its own. */
    static PgAgentException unfinished(Path root, int status, String told) {
        if (status > SIGNALLED) {
            return new PgAgentException(
                    ErrorKind.INTERRUPTED,
                    "the sync of " + root + " was ended by signal " + (status - SIGNALLED),
                    "Run it again.");
        }
        return new PgAgentException(
                ErrorKind.LOCAL_IO,
                "the file system of " + root + " says that not everything reached the disk (sync -f: " + told + ")",
                LocalFailure.ANEW);
    }

    private static Process start(Path path) throws IOException {
        return new ProcessBuilder("sync", "-f", path.toString())
                .redirectErrorStream(true)
                .start();
    }

    private static boolean waitFor(Process process, long seconds) throws IOException {
        try {
            return process.waitFor(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new PgAgentException(ErrorKind.INTERRUPTED, "interrupted while syncing", "Run it again.", e);
        }
    }

    private void syncEach(Path directory, Path locked) throws IOException {
        cancellation.check();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                BasicFileAttributes attributes =
                        Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                if (attributes.isDirectory()) {
                    syncEach(entry, locked);
                } else if (attributes.isRegularFile() && !entry.equals(locked)) {
                    syncOne(entry);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        syncOne(directory);
    }

    /** Makes one file, or the names in one directory, durable. */
    static void syncOne(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
