package org.pgagent.repository;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.Failure;
import org.pgagent.error.PgAgentException;
import org.pgagent.storage.ObjectChangedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The record of the backup that this process takes, or of its compaction. While that is RUNNING, a thread says again and again that it lives;
 * whoever takes it for dead changes the record, and from then on nothing can make it a complete one. Thread-safe.
 */
public final class OwnRecord implements AutoCloseable {
    /** How long others wait for a word of this process. */
    public static final Duration TERM = Duration.ofMinutes(3);

    private static final int VALIDATED_ATTEMPTS_MAX = 5;
    private static final Logger LOG = LoggerFactory.getLogger(OwnRecord.class);

    private final BackupRecords records;
    private final BackupId id;
    private final Clock clock;
    private final CountDownLatch closed = new CountDownLatch(1);
    private BackupRecords.Versioned current;

    /** What was written without an answer since the last write that was confirmed: one of it may be there. */
    private final List<BackupRecord> unconfirmed = new ArrayList<>();

    private volatile ObjectChangedException overtaken;

    private OwnRecord(BackupRecords records, BackupRecords.Versioned created, Clock clock) {
        this.records = records;
        this.id = created.record().id();
        this.current = created;
        this.clock = clock;
    }

    /**
     * Stores the record of a backup that begins, and keeps it alive from then on.
     *
     * @throws ObjectChangedException if there is a backup of this id
     */
    public static OwnRecord create(BackupRecords records, BackupRecord begun, Clock clock) throws IOException {
        return create(records, begun, clock, TERM.dividedBy(3));
    }

    static OwnRecord create(BackupRecords records, BackupRecord begun, Clock clock, Duration renewEvery)
            throws IOException {
        OwnRecord own = new OwnRecord(records, records.create(alive(begun, clock)), clock);
        Thread renewing = new Thread(() -> own.renewUntilClosed(renewEvery), "alive");
        renewing.setDaemon(true);
        renewing.start();
        return own;
    }

    private static BackupRecord alive(BackupRecord record, Clock clock) {
        return record.withAliveUntil(clock.instant().plus(TERM));
    }

    public synchronized BackupRecord record() {
        return current.record();
    }

    /**
     * Replaces the record.
     *
     * @throws PgAgentException of kind OBJECT_CHANGED if somebody has taken this backup for dead
     */
    public synchronized BackupRecord replace(BackupRecord next) throws IOException {
        requireOwn();
        BackupRecord wanted = next.state() == BackupState.RUNNING ? alive(next, clock) : next;
        try {
            current = write(wanted);
            unconfirmed.clear();
            return current.record();
        } catch (ObjectChangedException e) {
            overtaken = e;
            throw lost(e);
        } catch (IOException e) {
            unconfirmed.add(wanted);
            throw e;
        }
    }

    /**
     * Says of a backup that is complete that it was found to be whole. From then on others may change its record, too: what
     * they have found counts.
     *
     * @throws PgAgentException of kind CORRUPTED if another validation has found it damaged, OBJECT_CHANGED if somebody deletes
     *     it
     */
    public synchronized BackupRecord validated(Validation validation) throws IOException {
        for (int attempt = 1; ; attempt++) {
            BackupRecord done = current.record();
            if (done.state() == BackupState.OK) {
                return done;
            }
            if (done.state() != BackupState.DONE) {
                throw new PgAgentException(
                        done.state() == BackupState.CORRUPT ? ErrorKind.CORRUPTED : ErrorKind.OBJECT_CHANGED,
                        "the backup " + id + " was complete, and is " + done.state() + " now"
                                + (done.error() == null ? "" : ": " + done.error()),
                        "See who else works on it ('pgagent show'), and take another backup.");
            }
            try {
                current = records.replace(current, done.validated(validation, null));
            } catch (ObjectChangedException e) {
                if (attempt == VALIDATED_ATTEMPTS_MAX) {
                    throw e;
                }
                current = records.read(id).orElseThrow(() -> e);
            }
        }
    }

    /**
     * Says of a backup that is complete that it may need what was found damaged, whatever others have changed in its record
     * since; unless one has found as much of it.
     *
     * @param validation how closely it must be looked at for that to be taken back
     */
    public synchronized void suspected(Validation validation, String damage) throws IOException {
        for (int attempt = 1; saysLess(current.record(), validation); attempt++) {
            try {
                current = records.replace(current, current.record().validated(validation, damage));
                return;
            } catch (ObjectChangedException e) {
                if (attempt == VALIDATED_ATTEMPTS_MAX) {
                    throw e;
                }
                current = records.read(id).orElseThrow(() -> e);
            }
        }
        LOG.info("somebody else has changed the backup, and has the last word of it id={}", id);
    }

    private static boolean saysLess(BackupRecord now, Validation suspicion) {
        boolean isDamaged = now.state() == BackupState.CORRUPT && !now.comparable();
        boolean wasFoundAsClosely =
                now.validation() != null && now.validation().depth().covers(suspicion.depth());
        return now.isComplete() && !(isDamaged && wasFoundAsClosely);
    }

    private BackupRecords.Versioned write(BackupRecord wanted) throws IOException {
        try {
            return records.replace(current, wanted);
        } catch (ObjectChangedException e) {
            Optional<BackupRecords.Versioned> there = records.read(id);
            if (there.isEmpty() || !unconfirmed.contains(there.get().record())) {
                throw e;
            }
            current = there.get();
            return records.replace(current, wanted);
        }
    }

    /**
     * Makes sure that nobody has taken this backup for dead, as far as was seen.
     *
     * @throws PgAgentException of kind OBJECT_CHANGED if somebody has
     */
    public void requireOwn() throws PgAgentException {
        if (overtaken != null) {
            throw lost(overtaken);
        }
    }

    private PgAgentException lost(ObjectChangedException cause) {
        return new PgAgentException(
                ErrorKind.OBJECT_CHANGED,
                (id.isBackup() ? "the backup " : "the compaction ") + id
                        + " was given up by another pgagent, which had not heard of this one for " + TERM.toMinutes()
                        + " minutes",
                "See whether this host slept or lost the store, and whether its clock is right; then run the command again.",
                cause);
    }

    private void renewUntilClosed(Duration pause) {
        try {
            while (!closed.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                renew();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void renew() {
        if (overtaken != null || current.record().state() != BackupState.RUNNING) {
            return;
        }
        try {
            replace(current.record());
        } catch (IOException | RuntimeException e) {
            LOG.warn("cannot say in the repository that the backup goes on id={}", id, e);
        }
    }

    /**
     * Says in the repository why the backup has failed, as far as the store still answers. A backup that is complete, or may be,
     * stays what it is: others may build on it already. Only if something of it is proved to be missing it is CORRUPT.
     */
    public synchronized void fail(Exception failure) {
        try {
            confirm();
            BackupRecord mine = current.record();
            boolean damaged = failure instanceof PgAgentException e && e.kind() == ErrorKind.CORRUPTED;
            if (overtaken == null && mine.state() == BackupState.RUNNING) {
                replace(mine.withState(BackupState.ERROR, Failure.of(failure).message()));
            } else if (overtaken == null && mine.restorable() && damaged) {
                replace(mine.withState(BackupState.CORRUPT, failure.getMessage()));
            }
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** Finds out whether a write took place of which the store did not say so. */
    private void confirm() throws IOException {
        if (!unconfirmed.isEmpty()) {
            records.read(id)
                    .filter(there -> unconfirmed.contains(there.record()))
                    .ifPresent(there -> current = there);
            unconfirmed.clear();
        }
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
