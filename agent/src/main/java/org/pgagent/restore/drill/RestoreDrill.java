package org.pgagent.restore.drill;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;
import org.pgagent.restore.Archiving;
import org.pgagent.restore.CopyRole;
import org.pgagent.restore.RecoveryRequest;
import org.pgagent.restore.RecoveryTarget;
import org.pgagent.restore.Restore;
import org.pgagent.restore.RestoreDestination;
import org.pgagent.restore.RestorePlan;
import org.pgagent.restore.RestoreRequest;
import org.pgagent.restore.TablespaceMapping;
import org.pgagent.restore.TargetAction;
import org.pgagent.restore.TargetTimeline;

/**
 * Tries a restore as an emergency would have it: first a plan, which writes nothing, then the act, which leaves nothing behind.
 */
public final class RestoreDrill {
    /** pg_amcheck is of this version and later, and so must the server be. */
    private static final int AMCHECK_MAJOR_MIN = 14;

    private final Restore restore;
    private final Restore.Surroundings around;
    private final Clock clock;
    private final RandomGenerator random;

    /** Follows a drill. */
    @FunctionalInterface
    public interface Listener {
        /** The files are back and durable; what follows has no end that is known before. */
        void restored();
    }

    /**
     * Of one cluster of a repository.
     *
     * @param restore of that cluster, with the same surroundings
     */
    public RestoreDrill(Restore restore, Restore.Surroundings around, Clock clock, RandomGenerator random) {
        this.restore = restore;
        this.around = around;
        this.clock = clock;
        this.random = random;
    }

    /**
     * Decides what a drill will do. Changes nothing.
     *
     * @throws PgAgentException of the kind that says why it cannot be done, as {@link Restore#plan}; INCOMPATIBLE if this
     *     host has no server of the version; CORRUPTED also if there is a gap in the WAL on the way to its end
     */
    public DrillPlan plan(DrillRequest request) throws IOException {
        Path directory = DrillDirectory.choose(request.place(), random);
        RestorePlan planned = planned(new RestoreRequest(
                request.backup(),
                new RestoreDestination(
                        DrillDirectory.data(directory),
                        TablespaceMapping.allBelow(DrillDirectory.tablespaces(directory)),
                        Optional.empty(),
                        request.owner()),
                new RecoveryRequest(
                        request.target(),
                        new TargetTimeline.Latest(),
                        TargetAction.PROMOTE,
                        CopyRole.PRIMARY,
                        Archiving.OFF,
                        request.restoreCommand())));
        requireWholeWal(planned);
        SourceNearby.requireApart(planned.backup());
        List<String> warnings = new ArrayList<>();
        DrillPlan.Programs programs = programs(request, planned, warnings);
        return new DrillPlan(request, planned, directory, programs, warnings);
    }

    private RestorePlan planned(RestoreRequest request) throws IOException {
        try {
            return restore.plan(request);
        } catch (PgAgentException e) {
            throw withOwnHint(e);
        }
    }

    /** A restore's hints are about options that a drill does not have. */
    static PgAgentException withOwnHint(PgAgentException e) {
        return switch (e.kind()) {
            case DISK_FULL, LOCAL_IO, TARGET_DIRECTORY, WRONG_OWNER ->
                new PgAgentException(
                        e.kind(),
                        e.getMessage(),
                        "Make room there, check the permissions, or name another place: --scratch DIR",
                        e);
            default -> e;
        };
    }

    /** A restore goes as far as it can, and warns. A drill says whether everything can come back. */
    private static void requireWholeWal(RestorePlan planned) throws PgAgentException {
        boolean gap = planned.wal().afterGap().isPresent() && !planned.wal().givenUp();
        if (gap && planned.recovery().target() instanceof RecoveryTarget.EndOfWal) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    "there is a gap in the archive: nothing after "
                            + planned.wal().end()
                            + " can be recovered from backup "
                            + planned.backup().id() + ", although there is WAL up to "
                            + planned.wal().afterGap().get(),
                    "'pgagent show --wal' tells what is missing. Take another backup; this one can be tried up to a point"
                            + " before the gap with --target-time.");
        }
    }

    private DrillPlan.Programs programs(DrillRequest request, RestorePlan planned, List<String> warnings)
            throws IOException {
        int major = planned.majorVersion();
        Path postgres = around.servers()
                .program(major, "postgres")
                .orElseThrow(() -> new PgAgentException(
                        ErrorKind.INCOMPATIBLE,
                        "backup " + planned.backup().id() + " is of PostgreSQL " + major
                                + ", and no server of that version was found on this host",
                        "Install it, or put the directory that has its program 'postgres' into PATH."));
        Optional<Path> psql = Optional.empty();
        if (request.looks().sqlFile().isPresent()) {
            requireReadable(request.looks().sqlFile().get());
            psql = Optional.of(around.servers()
                    .client(major, "psql")
                    .orElseThrow(() -> new PgAgentException(
                            ErrorKind.CONFIGURATION,
                            "psql, which is to run the SQL file, was not found on this host",
                            "Install PostgreSQL's client programs, or put their directory into PATH.")));
        }
        Optional<Path> amcheck = Optional.empty();
        if (major < AMCHECK_MAJOR_MIN) {
            warnings.add("pg_amcheck cannot look at PostgreSQL " + major + ": it is for " + AMCHECK_MAJOR_MIN
                    + " and later");
        } else {
            amcheck = around.servers().client(major, "pg_amcheck");
            if (amcheck.isEmpty()) {
                warnings.add("pg_amcheck was not found on this host: tables and indexes are not looked at");
            }
        }
        return new DrillPlan.Programs(postgres, psql, amcheck);
    }

    private static void requireReadable(Path file) throws PgAgentException {
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    "the SQL file " + file + " is not there or cannot be read",
                    "Check its path and its permissions.");
        }
    }

    /**
     * Does it, and removes what it has made. What the restored cluster was found to lack is in the result; it is thrown only
     * what kept the drill from coming that far.
     *
     * @param listener is told on the way
     * @throws PgAgentException if it could not be held: of the restore's kinds, CONFIGURATION, INTERRUPTED, LOCAL_IO
     */
    public DrillResult run(DrillPlan plan, Listener listener) throws IOException {
        Instant began = clock.instant();
        Leftovers.remove(plan.request().place());
        DrillDirectory directory =
                DrillDirectory.create(plan.directory(), plan.restore().owner());
        DrillResult result;
        try {
            result = new DrillCourse(
                            plan,
                            directory,
                            new Patience(around.cancellation(), plan.request().timeMax()))
                    .run(began, restore, listener);
        } catch (IOException | RuntimeException e) {
            removeAfter(e, directory);
            throw e;
        }
        return finish(result, directory);
    }

    private static void removeAfter(Exception failure, DrillDirectory directory) {
        try {
            directory.remove();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** What a drill has shown is worth more than a clean directory. */
    private static DrillResult finish(DrillResult result, DrillDirectory directory) throws IOException {
        if (result.plan().request().remains() == DrillRequest.Remains.DIRECTORY) {
            directory.leave();
            return result;
        }
        try {
            directory.remove();
            return result;
        } catch (IOException e) {
            directory.close();
            return result.withNote(directory.path() + " could not be removed: " + FileSystemReason.of(e)
                    + "; the next drill will try again");
        }
    }
}
