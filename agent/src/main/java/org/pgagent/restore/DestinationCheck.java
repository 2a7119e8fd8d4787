package org.pgagent.restore;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/** Refuses directories that a restore must not write into. Looks, and changes nothing. */
final class DestinationCheck {
    private static final int NAMES_SHOWN_MAX = 5;

    private final LocalUser user;

    DestinationCheck(LocalUser user) {
        this.user = user;
    }

    /**
     * The owner to give the files to; empty if they belong to the right one from the start.
     *
     * @throws PgAgentException of kind WRONG_OWNER if the files would belong to root, or to somebody this user cannot give
     *     them to
     */
    Optional<FileOwner> owner(Optional<FileOwner> asked) throws IOException {
        boolean root = user.isRoot();
        boolean forRoot = asked.map(FileOwner::user).orElse(user.principal()).equals(user.principal()) && root;
        if (forRoot) {
            throw new PgAgentException(
                    ErrorKind.WRONG_OWNER,
                    "the restored files would belong to root, and PostgreSQL does not run as root",
                    "Run this as the user that PostgreSQL runs as (runuser -u postgres -- pgagent restore …),"
                            + " or name that user: --owner postgres");
        }
        if (!root && asked.isPresent() && !asked.get().user().equals(user.principal())) {
            throw new PgAgentException(
                    ErrorKind.WRONG_OWNER,
                    "only root can give files to " + asked.get().user() + ", and this is " + user,
                    "Run this as " + asked.get().user() + ", or leave --owner out.");
        }
        return root ? asked : Optional.empty();
    }

    /**
     * Looks at the data directory.
     *
     * @return the marker, if a restore into it was interrupted
     * @throws PgAgentException of kind TARGET_DIRECTORY if it cannot be used, CLUSTER_RUNNING if a server uses it,
     *     ALREADY_RUNNING if another restore does
     */
    Optional<RestoreMarker> dataDirectory(Path directory) throws IOException {
        requireUsable(PlannedDirectory.Role.DATA_DIRECTORY, directory);
        if (!Files.exists(directory)) {
            return Optional.empty();
        }
        if (Files.exists(directory.resolve("postmaster.pid"), LinkOption.NOFOLLOW_LINKS)) {
            throw new PgAgentException(
                    ErrorKind.CLUSTER_RUNNING,
                    directory + " has a postmaster.pid: PostgreSQL runs in it, or was killed there",
                    "Restore into another directory, or stop that server and move its directory away.");
        }
        if (RestoreMarker.isHeld(directory)) {
            throw new PgAgentException(
                    ErrorKind.ALREADY_RUNNING,
                    "another pgagent is restoring into " + directory,
                    "Wait for it, or end it and run this again.");
        }
        Optional<RestoreMarker> marker = RestoreMarker.find(directory);
        if (marker.isEmpty()) {
            requireEmpty(PlannedDirectory.Role.DATA_DIRECTORY, directory, "give another directory");
            return marker;
        }
        if (marker.get().syncFailed()) {
            List<String> filled = new ArrayList<>(List.of(directory.toString()));
            filled.addAll(marker.get().tablespaces().values());
            Optional.ofNullable(marker.get().walDirectory()).ifPresent(filled::add);
            throw new PgAgentException(
                    ErrorKind.TARGET_DIRECTORY,
                    "something that an earlier restore into " + directory + " wrote did not reach the disk",
                    "Empty " + String.join(", ", filled) + ", or choose others on another disk, and restore anew.");
        }
        boolean started = Files.exists(Restore.CONTROL_FILE.under(directory))
                && !Files.exists(directory.resolve(Restore.BACKUP_LABEL));
        if (started) {
            throw new PgAgentException(
                    ErrorKind.TARGET_DIRECTORY,
                    "a server was started in " + directory + " after the restore into it",
                    "It is an ordinary cluster now: remove " + directory.resolve(RestoreMarker.FILE_NAME)
                            + ", or empty the directory to restore anew.");
        }
        return marker;
    }

    /** Looks at the directory of a tablespace or of pg_wal, which must be empty or missing. */
    void newDirectory(PlannedDirectory.Role role, Path directory) throws IOException {
        requireUsable(role, directory);
        if (Files.exists(directory)) {
            requireEmpty(role, directory, elsewhere(role, directory));
        }
    }

    private static String elsewhere(PlannedDirectory.Role role, Path directory) {
        return role == PlannedDirectory.Role.TABLESPACE
                ? "put the tablespace elsewhere with --tablespace-mapping " + directory + "=/another/directory"
                : "give another directory";
    }

    /**
     * Looks at the directory of a tablespace or of pg_wal that an interrupted restore has marked as its own, or has not come
     * to mark: then it is as it was.
     */
    void begunDirectory(PlannedDirectory.Role role, Path directory, RestoreMarker restore) throws IOException {
        requireUsable(role, directory);
        if (!isMarked(role, directory, restore) && Files.exists(directory)) {
            requireNoStrangers(role, directory, restore);
        }
    }

    /**
     * Whether a directory is marked as one of a restore.
     *
     * @throws PgAgentException of kind TARGET_DIRECTORY if it is one of another restore
     */
    static boolean isMarked(PlannedDirectory.Role role, Path directory, RestoreMarker restore) throws IOException {
        Optional<RestoreMarker> marker = RestoreMarker.findPart(directory);
        if (marker.isPresent() && !marker.get().restore().equals(restore.restore())) {
            throw taken(role, directory, marker.get());
        }
        return marker.isPresent();
    }

    /** Refuses a directory in which there is anything but its marker and other directories of the restore. */
    static void requireNoStrangers(PlannedDirectory.Role role, Path directory, RestoreMarker restore)
            throws IOException {
        List<Path> known = new ArrayList<>(List.of(directory.resolve(RestoreMarker.PART_FILE_NAME)));
        known.addAll(restore.directories());
        List<String> names = names(directory, known);
        if (!names.isEmpty()) {
            throw refused(
                    role,
                    directory,
                    "is not empty, and was not when the restore into " + restore.dataDirectory()
                            + " came to mark it: it has " + String.join(", ", names),
                    "See whose it is; another cluster may use it. Then empty " + restore.dataDirectory()
                            + " and whatever else this restore has begun to fill, and restore anew: empty this"
                            + " directory, too, or " + elsewhere(role, directory) + ".");
        }
    }

    private static PgAgentException taken(PlannedDirectory.Role role, Path directory, RestoreMarker by) {
        return refused(
                role,
                directory,
                "is marked as one of the restore of backup " + by.backup() + " into " + by.dataDirectory(),
                "Complete that restore first, and leave the directory to it: " + elsewhere(role, directory)
                        + ". If it was given up, empty the directory.");
    }

    /** Looks at a directory that may have something in it already. */
    void requireUsable(PlannedDirectory.Role role, Path directory) throws IOException {
        if (directory.getParent() == null || directory.equals(user.home()) || isMountPoint(directory)) {
            throw refused(
                    role,
                    directory,
                    "is the root directory, a home directory or a mount point",
                    "Use a directory below it, such as " + directory.resolve("pgdata"));
        }
        boolean exists = Files.exists(directory, LinkOption.NOFOLLOW_LINKS);
        if (exists && !Files.isDirectory(directory)) {
            throw refused(role, directory, "is not a directory", "Give a directory that is empty, or does not exist.");
        }
        Path existing = existingParent(directory);
        if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
            throw refused(
                    role,
                    directory,
                    "cannot be written by " + user,
                    "Make it writable: let root create it and give it to the user that PostgreSQL runs as.");
        }
        boolean foreign = Files.exists(directory)
                && !user.isRoot()
                && !Files.getOwner(directory).equals(user.principal());
        if (foreign) {
            throw refused(
                    role,
                    directory,
                    "belongs to " + Files.getOwner(directory) + ", and PostgreSQL wants it to belong to " + user,
                    "Give it to " + user + " (chown), or let pgagent create it.");
        }
    }

    /** The directory itself, or the nearest one above it that exists. */
    static Path existingParent(Path directory) {
        Path existing = directory;
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        return existing;
    }

    private static boolean isMountPoint(Path directory) throws IOException {
        return Files.isDirectory(directory)
                && !Files.getAttribute(directory, "unix:dev")
                        .equals(Files.getAttribute(directory.toRealPath().getParent(), "unix:dev"));
    }

    private static void requireEmpty(PlannedDirectory.Role role, Path directory, String instead) throws IOException {
        Optional<RestoreMarker> other = RestoreMarker.findPart(directory);
        if (other.isPresent()) {
            throw taken(role, directory, other.get());
        }
        Path marker = directory.resolve(
                role == PlannedDirectory.Role.DATA_DIRECTORY ? RestoreMarker.FILE_NAME : RestoreMarker.PART_FILE_NAME);
        List<String> names = names(directory, RestoreMarker.isUnwritten(marker) ? List.of(marker) : List.of());
        if (!names.isEmpty()) {
            throw refused(
                    role,
                    directory,
                    "is not empty: it has " + String.join(", ", names),
                    "pgagent never overwrites a cluster: empty the directory yourself, or " + instead + ".");
        }
    }

    /** The first names in a directory; without those on the way to what is known. */
    private static List<String> names(Path directory, List<Path> known) throws IOException {
        List<Path> real = new ArrayList<>();
        for (Path each : known) {
            if (Files.exists(each)) {
                real.add(each.toRealPath());
            }
        }
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory.toRealPath())) {
            for (Path entry : entries) {
                if (real.stream().anyMatch(each -> each.startsWith(entry))) {
                    continue;
                }
                names.add(
                        names.size() == NAMES_SHOWN_MAX
                                ? "…"
                                : entry.getFileName().toString());
                if (names.size() > NAMES_SHOWN_MAX) {
                    break;
                }
            }
        }
        return names;
    }

    private static PgAgentException refused(PlannedDirectory.Role role, Path directory, String how, String hint) {
        return new PgAgentException(ErrorKind.TARGET_DIRECTORY, "the " + role + " " + directory + " " + how, hint);
    }
}
