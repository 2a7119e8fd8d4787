package org.pgagent.restore.drill;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries a restore as an emergency would have it: first a plan, which writes nothing, then the act, which leaves nothing behind.
 */
public final class RestoreDrill {
    /** pg_amcheck is of this version and later, and so must the server be. */
    private static final int AMCHECK_MAJOR_MIN = 14;

    private static final Logger LOG = LoggerFactory.getLogger(RestoreDrill.class);

    private static final Set<ErrorKind> STORE_TROUBLE = Set.of(
            ErrorKind.STORE_MISSING,
            ErrorKind.STORE_DENIED,
            ErrorKind.STORE_UNREACHABLE,
            ErrorKind.STORE_FAILED,
            ErrorKind.STORE_CLOCK_SKEW,
            ErrorKind.STORE_TLS);

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
        RestorePlan planned = planned(request, directory);
        requireWholeWal(planned);
        SourceNearby.requireApart(planned.backup());
        List<String> warnings = new ArrayList<>();
        DrillPlan.Programs programs = programs(request, planned, warnings);
        return new DrillPlan(request, planned, directory, programs, warnings);
    }

    private RestorePlan planned(DrillRequest request, Path directory) throws IOException {
        RestoreDestination destination = new RestoreDestination(
                DrillDirectory.data(directory),
                TablespaceMapping.allBelow(DrillDirectory.tablespaces(directory)),
                Optional.empty(),
                request.owner());
        RecoveryRequest recovery = new RecoveryRequest(
                request.target(),
                new TargetTimeline.Latest(),
                TargetAction.PROMOTE,
                CopyRole.PRIMARY,
                Archiving.OFF,
                request.restoreCommand());
        try {
            return restore.plan(new RestoreRequest(request.backup(), destination, recovery));
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
        DrillResult finished = finish(result, directory);
        if (finished.failure().isPresent() && finished.failure().get().step() == DrillFailure.Step.RECOVERY) {
            requireStore(plan.request(), finished.failure().get());
        }
        return finished;
    }

    /**
     * A server whose WAL cannot be fetched ends as one whose WAL is bad. Whether the store is to blame, it can be asked itself.
     *
     * @throws PgAgentException of the store's kind if it is
     */
    private void requireStore(DrillRequest request, DrillFailure failure) throws IOException {
        try {
            planned(request, DrillDirectory.choose(request.place(), random));
        } catch (PgAgentException e) {
            if (STORE_TROUBLE.contains(e.kind())) {
                throw new PgAgentException(
                        e.kind(),
                        "the recovery ended (" + failure.why() + "), and the store does not serve: " + e.getMessage(),
                        e.hint() + " Then hold the drill again; nothing was concluded.",
                        e);
            }
            LOG.info("the store answers; the failure is the recovery's own: {}", e.getMessage());
        }
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
