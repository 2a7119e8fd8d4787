package org.pgagent.error;

/**
 * Every way in which the world can fail pgagent: the one place that knows the exit code of each and whether trying again
 * can help. {@code docs/errors.md} is generated from this table.
 *
 * <p>Exit codes 20 to 25 mean what they mean in pg_rman. Codes stay below 126, because a shell and PostgreSQL's archiver
 * read more into higher ones; {@code wal-fetch} alone answers with other codes, which {@code restore_command} prescribes.
 */
public enum ErrorKind {
    BUG(1, Retry.NEVER, "A defect in pgagent itself."),
    USAGE(2, Retry.NEVER, "The command line cannot be understood, or an option is malformed."),
    CONFIGURATION(
            3,
            Retry.NEVER,
            "A setting is missing, does not fit the others, or is unknown or malformed in the file or the environment."),
    BAD_PAGES_FOUND(4, Retry.NEVER, "The backup is complete, but pages of the data directory failed their checksum."),

    LOCAL_IO(10, Retry.NEVER, "A local file or directory cannot be read or written."),
    DISK_FULL(11, Retry.NEVER, "A local file system has no room left."),
    INTERRUPTED(13, Retry.NEVER, "pgagent was told to stop before it was done."),
    SQL_FAILED(14, Retry.NEVER, "PostgreSQL refused a command, or the connection was lost in the middle of a backup."),
    CONNECTION_FAILED(15, Retry.NEVER, "PostgreSQL cannot be reached or refused the login."),
    STANDBY_BEHIND(16, Retry.NEVER, "A standby is too far behind its primary to be backed up."),

    ARCHIVING_FAILED(20, Retry.NEVER, "WAL does not arrive in the repository."),
    NO_BACKUP(21, Retry.NEVER, "There is no backup that fits."),
    CORRUPTED(
            22,
            Retry.NEVER,
            "Something in the repository is missing or is not what was stored, or a restore drill failed."),
    ALREADY_RUNNING(
            23,
            Retry.NEVER,
            "Another pgagent is at work there: a backup of the same cluster, a restore into the same directory, or an agent"
                    + " of the data directory."),
    INCOMPATIBLE(
            24, Retry.NEVER, "The versions of PostgreSQL, the data directory or the repository do not go together."),
    CLUSTER_RUNNING(25, Retry.NEVER, "PostgreSQL is running in the directory that was to be written."),

    STORE_MISSING(30, Retry.NEVER, "The bucket or the repository does not exist."),
    STORE_DENIED(31, Retry.NEVER, "The store refused the credentials or the request."),
    STORE_UNREACHABLE(32, Retry.BOUNDED, "The store cannot be reached."),
    STORE_FAILED(33, Retry.BOUNDED, "The store answered with an error, or with less than was asked for."),
    STORE_CLOCK_SKEW(34, Retry.NEVER, "The clock of this host is too far from the store's."),
    STORE_TLS(
            35, Retry.NEVER, "The store's certificate is not trusted, or one side speaks TLS and the other does not."),
    OBJECT_MISSING(36, Retry.NEVER, "An object is not in the repository."),
    OBJECT_CHANGED(37, Retry.NEVER, "An object exists already, or is no longer the one that was read."),

    FOREIGN_CLUSTER(40, Retry.NEVER, "The repository keeps another cluster under this name."),
    ARCHIVE_CONFLICT(41, Retry.NEVER, "The repository keeps other bytes under the name of this archive file."),
    BAD_ARCHIVE_FILE(42, Retry.NEVER, "A file handed over for archiving is not what its name says, or not complete."),
    FENCED(43, Retry.NEVER, "Another node has the right to archive under this name."),

    TARGET_DIRECTORY(50, Retry.NEVER, "The directory to restore into cannot be used as it is."),
    RECOVERY_TARGET(51, Retry.NEVER, "The recovery target cannot be reached from what the repository has."),
    WRONG_OWNER(
            52,
            Retry.NEVER,
            "The operating system user that runs the command, or whom the files shall belong to, is not one that can.");

    private enum Retry {
        NEVER,
        BOUNDED
    }

    private final int exitCode;
    private final Retry retry;
    private final String meaning;

    ErrorKind(int exitCode, Retry retry, String meaning) {
        this.exitCode = exitCode;
        this.retry = retry;
        this.meaning = meaning;
    }

    /** The exit status of a command that ends because of this, from 1 to 125. */
    public int exitCode() {
        return exitCode;
    }

    /** Whether the same request may be sent again, a bounded number of times. */
    public boolean worthRetrying() {
        return retry == Retry.BOUNDED;
    }

    /** One sentence for the reference of errors. */
    public String meaning() {
        return meaning;
    }
}
