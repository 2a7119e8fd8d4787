package org.pgagent.restore.drill;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.session.RestoredServer;
import org.pgagent.restore.Restore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One drill from the restore to the last look, and how far it came. For one thread, once. */
final class DrillCourse {
    private static final Logger LOG = LoggerFactory.getLogger(DrillCourse.class);

    private final DrillPlan plan;
    private final DrillDirectory directory;
    private final Patience patience;
    private final Programs programs;
    private final Checks checks;
    private final List<String> notes = new ArrayList<>();

    private DrillFailure.Step step = DrillFailure.Step.RESTORE;
    private long stepBegan = System.nanoTime();
    private Duration restored = Duration.ZERO;
    private Optional<Duration> recovered = Optional.empty();
    private Duration checked = Duration.ZERO;
    private Optional<RestoredServer.Recovered> end = Optional.empty();

    DrillCourse(DrillPlan plan, DrillDirectory directory, Patience patience) {
        this.plan = plan;
        this.directory = directory;
        this.patience = patience;
        this.programs = new Programs(plan.restore().owner(), patience);
        this.checks = new Checks(plan, directory, programs);
    }

    /**
     * Holds the drill. The server has ended afterwards.
     *
     * @param restore puts the files back
     */
    DrillResult run(Instant began, Restore restore, RestoreDrill.Listener listener) throws IOException {
        Optional<DrillFailure> failure = failure(restore, listener);
        notes.addAll(checks.notes());
        return new DrillResult(
                plan, began, restored, recovered, checked, end, checks.done(), checks.sqlOutput(), notes, failure);
    }

    private Optional<DrillFailure> failure(Restore restore, RestoreDrill.Listener listener) throws IOException {
        try {
            restore.run(plan.restore());
            restored = lap();
            listener.restored();
            next(DrillFailure.Step.RECOVERY);
        } catch (PgAgentException e) {
            restored = lap();
            if (e.kind() == ErrorKind.CORRUPTED) {
                return Optional.of(new DrillFailure(step, e.getMessage(), List.of()));
            }
            throw RestoreDrill.withOwnHint(e);
        }
        if (!plan.endsWithTheArchive()) {
            SourceNearby.requireApart(plan.restore().backup()); // on the way to a target any WAL may be replayed
        }
        try (PrivateServer server = PrivateServer.start(plan, directory, programs)) {
            try {
                recover(server);
                check(server);
                return Optional.empty();
            } catch (DrillFailedException e) {
                checked = step == DrillFailure.Step.CHECKS ? lap() : checked;
                List<String> lines = e.lines().isEmpty() ? server.logTail() : e.lines();
                return Optional.of(new DrillFailure(step, e.getMessage(), lines));
            }
        }
    }

    private void recover(PrivateServer server) throws IOException {
        server.awaitUse(patience);
        recovered = Optional.of(lap());
        next(DrillFailure.Step.CHECKS);
    }

    private void check(PrivateServer server) throws IOException {
        Checks.Login login = logIn(server);
        end = Optional.of(login.recovered());
        tellOfForeignTablespaces();
        if (plan.endsWithTheArchive()) {
            PlannedWal.requireReplayed(
                    plan.restore(), directory.data(), login.recovered().replayedTo());
        }
        checks.run(login, patience);
        checked = lap();
    }

    private Checks.Login logIn(PrivateServer server) throws IOException {
        try {
            return checks.logIn();
        } catch (PgAgentException e) {
            patience.check();
            if (e.kind() == ErrorKind.CONFIGURATION) {
                throw e;
            }
            throw new DrillFailedException(
                    server.isRunning()
                            ? "the server has recovered and cannot be used: " + e.getMessage()
                            : "the server ended after the recovery" + server.reason(),
                    e);
        }
    }

    /** The WAL may create tablespaces, and says where. */
    private void tellOfForeignTablespaces() throws IOException {
        try (DirectoryStream<Path> links =
                Files.newDirectoryStream(directory.data().resolve("pg_tblspc"))) {
            for (Path link : links) {
                if (Files.isSymbolicLink(link) && !Files.readSymbolicLink(link).startsWith(directory.path())) {
                    throw new DrillFailedException(
                            "the WAL has created a tablespace outside of the drill's directory, at "
                                    + Files.readSymbolicLink(link)
                                    + ": look whether a server uses that; the drill does not remove what is there");
                }
            }
        }
    }

    private void next(DrillFailure.Step step) {
        this.step = step;
        LOG.info(
                "the drill goes on step={} backup={}",
                step,
                plan.restore().backup().id());
    }

    /** The time since the last call. */
    private Duration lap() {
        long now = System.nanoTime();
        Duration lap = Duration.ofNanos(now - stepBegan);
        stepBegan = now;
        return lap;
    }
}
