package org.pgagent.repository;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Timeline;
import org.pgagent.storage.ObjectChangedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node's right to archive under a cluster's name, of which the repository has one, {@code lease.json}. Thread-safe;
 * while one thread asks the store the others wait for its answer.
 *
 * <p>The first node that archives gets it, and keeps it: its own lease is never lost by time alone. A node that does not
 * have it gets it in two ways only: by {@link #adopt}, or, once the owner has been silent for {@link Lease#TERM}, because
 * its timeline goes on where the owner's archive ends ({@link Succession}).
 *
 * <p>While a node has the right, the store is looked at every {@link #LOOK_EVERY} at most, so one that has lost it may
 * begin to store a file for that long, and what it has begun goes on for as long as one file's retries. It cannot do harm in
 * that time: what is stored is never overwritten, whoever writes. A node that was refused looks again at each try, so that
 * an adoption counts at once.
 *
 * <p>Times are this node's own. A clock that is some minutes off moves the moment of a takeover by as much, and nothing
 * else: the archive's end is looked at, not its age.
 */
public final class WriterLease {
    /** How long it counts that a node may archive. */
    public static final Duration LOOK_EVERY = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(WriterLease.class);
    private static final int TRIES_MAX = 5;

    private final Leases leases;
    private final WriterIdentity self;
    private final Succession succession;
    private final Clock clock;
    private Optional<Answer> answer = Optional.empty();

    public WriterLease(Leases leases, WriterIdentity self, Succession succession, Clock clock) {
        this.leases = leases;
        this.self = self;
        this.succession = succession;
        this.clock = clock;
    }

    /**
     * What the store said.
     *
     * @param at when it was asked
     * @param timeline this node's at that time
     * @param refusal why this node may not archive; empty if it may
     */
    private record Answer(Instant at, Timeline timeline, Lease lease, Optional<String> refusal) {
        boolean stillCounts(Instant now, Timeline own) {
            return refusal.isEmpty() && own.equals(timeline) && !now.isBefore(at) && now.isBefore(at.plus(LOOK_EVERY));
        }
    }

    /**
     * What {@link #adopt} did, or would do.
     *
     * @param before the lease that was there
     * @param now the lease of this node
     */
    public record Adoption(Optional<Lease> before, Lease now) {
        /** Whether the node had the right before. */
        public boolean isNothingNew() {
            return before.filter(lease -> lease.isOf(now.owner())).isPresent();
        }
    }

    /**
     * Makes sure that this node may archive, before each archive file; takes the right if it is free, and renews it when
     * that is due. No request if the store has said yes within {@link #LOOK_EVERY}; else one, two with a renewal, and some
     * more where the owner is silent and this node might follow it. After a failure of the store nothing is known, and the
     * next call asks again.
     *
     * @param own the timeline on which this node writes
     * @throws PgAgentException of kind FENCED if another node has the right, and the {@code STORE_} kinds
     */
    public synchronized void require(Timeline own) throws IOException {
        Instant now = clock.instant();
        if (answer.filter(known -> known.stillCounts(now, own)).isEmpty()) {
            answer = Optional.of(ask(now, own));
        }
        Answer known = answer.get();
        if (known.refusal.isPresent()) {
            throw fenced(known.lease, known.refusal.get());
        }
    }

    /**
     * What {@link #require} would find now: takes nothing, renews nothing, remembers nothing.
     *
     * @param own the timeline on which this node writes
     * @return the lease that is there, this node's or one that it may take over; empty if nobody has archived yet
     * @throws PgAgentException as {@link #require}
     */
    public Optional<Lease> look(Timeline own) throws IOException {
        Optional<Lease> found = leases.read().map(Leases.Versioned::lease);
        if (found.isPresent() && !found.get().isOf(self)) {
            Optional<String> refusal = refusal(found.get(), clock.instant(), own);
            if (refusal.isPresent()) {
                throw fenced(found.get(), refusal.get());
            }
        }
        return found;
    }

    /** Whether this node has the right, as far as it has not been overtaken by another; one request. */
    public boolean isHeld() throws IOException {
        return leases.read().filter(found -> found.lease().isOf(self)).isPresent();
    }

    private Answer ask(Instant now, Timeline own) throws IOException {
        ObjectChangedException overtaken = null;
        for (int tries = 0; tries < TRIES_MAX; tries++) {
            Optional<Leases.Versioned> found = leases.read();
            try {
                return answer(found, now, own);
            } catch (ObjectChangedException e) {
                overtaken = e; // somebody wrote it since it was read, perhaps another process of this very node
            }
        }
        throw overtaken;
    }

    private Answer answer(Optional<Leases.Versioned> found, Instant now, Timeline own) throws IOException {
        if (found.isEmpty()) {
            requireSameRepository();
            Lease first = leases.write(found, Lease.from(now, 1, self, own));
            LOG.info("first to archive: cluster={} timeline={} owner={}", leases.describe(), own, self.describe());
            return new Answer(now, own, first, Optional.empty());
        }
        Lease lease = found.get().lease();
        if (lease.isOf(self)) {
            return new Answer(now, own, lease.isDue(now, own) ? renew(found, now, own) : lease, Optional.empty());
        }
        Optional<String> refusal = refusal(lease, now, own);
        if (refusal.isPresent()) {
            return new Answer(now, own, lease, refusal);
        }
        Lease taken = leases.write(found, Lease.from(now, lease.epoch() + 1, self, own));
        LOG.warn(
                "took over the archive after a failover: cluster={} epoch={} timeline={} from=\"{}\" last_heard_of={}",
                leases.describe(),
                taken.epoch(),
                own,
                lease.owner().describe(),
                lease.renewedAt());
        return new Answer(now, own, taken, Optional.empty());
    }

    /** A mount point behind which nothing is mounted any more looks like a new repository. */
    private void requireSameRepository() throws IOException {
        if (answer.isEmpty()) {
            return;
        }
        if (!leases.clusterIsKnown()) {
            throw new PgAgentException(
                    ErrorKind.STORE_MISSING,
                    "the repository of " + leases.describe() + " is empty, which it was not before",
                    "See whether what is stored there was moved away, or whether its file system is mounted. To begin a new"
                            + " archive, end this agent; the next one does that.");
        }
        LOG.warn("the lease is gone that this node had seen, it writes another one: cluster={}", leases.describe());
    }

    private Lease renew(Optional<Leases.Versioned> found, Instant now, Timeline own) throws IOException {
        Lease old = found.orElseThrow().lease();
        return leases.write(found, Lease.from(now, old.epoch(), self, own).withAdoptedFrom(old.adoptedFrom()));
    }

    private Optional<String> refusal(Lease lease, Instant now, Timeline own) throws IOException {
        if (!lease.hasExpired(now)) {
            return Optional.of("its lease runs until " + lease.expiresAt());
        }
        if (lease.wasAdoptedFrom(self)) {
            return Optional.of("the right was taken from this node by 'pgagent adopt'");
        }
        return succession.obstacle(lease.timeline(), own).map(why -> "its lease has run out, but " + why);
    }

    private PgAgentException fenced(Lease lease, String refusal) {
        return new PgAgentException(
                ErrorKind.FENCED,
                "another node has the right to archive " + leases.describe() + ": "
                        + lease.owner().describe() + " (epoch " + lease.epoch() + ", timeline " + lease.timeline()
                        + ", last heard of at " + lease.renewedAt() + "); " + refusal,
                "If this node is to go on in its place, see to it that the other no longer archives, and run 'pgagent adopt"
                        + " -D " + self.dataDirectory() + "' here. If both shall live, give this one a name of its own"
                        + " with --cluster.");
    }

    /**
     * Takes the right, whoever has it. The former owner is refused from its next look at the store on, and does not get
     * the right back by waiting. A node that has it already keeps its epoch.
     *
     * @param own the timeline on which this node writes
     * @throws PgAgentException of kind OBJECT_CHANGED if a third node was quicker, and the {@code STORE_} kinds, after which
     *     the right may or may not be taken: calling it again tells
     */
    public synchronized Adoption adopt(Timeline own) throws IOException {
        answer = Optional.empty();
        Optional<Leases.Versioned> found = leases.read();
        for (int tries = 0; ; tries++) {
            Adoption planned = plan(found, own);
            try {
                Lease taken = leases.write(found, planned.now);
                answer = Optional.of(new Answer(taken.renewedAt(), own, taken, Optional.empty()));
                return new Adoption(planned.before, taken);
            } catch (ObjectChangedException e) {
                Optional<Leases.Versioned> next = leases.read();
                if (tries == TRIES_MAX || !sameRight(found, next)) {
                    throw overtaken(next, e);
                }
                found = next; // its owner renewed it, nothing more
            }
        }
    }

    /** What {@link #adopt} would do now; writes nothing. */
    public Adoption planAdoption(Timeline own) throws IOException {
        return plan(leases.read(), own);
    }

    private Adoption plan(Optional<Leases.Versioned> found, Timeline own) {
        Instant now = clock.instant();
        Optional<Lease> before = found.map(Leases.Versioned::lease);
        if (before.isEmpty()) {
            return new Adoption(before, Lease.from(now, 1, self, own));
        }
        Lease lease = before.get();
        Lease next = lease.isOf(self)
                ? Lease.from(now, lease.epoch(), self, own).withAdoptedFrom(lease.adoptedFrom())
                : Lease.from(now, lease.epoch() + 1, self, own).withAdoptedFrom(lease.owner());
        return new Adoption(before, next);
    }

    /** Whether the right is still where it was, or has come to this node. */
    private boolean sameRight(Optional<Leases.Versioned> before, Optional<Leases.Versioned> next) {
        if (next.isEmpty() || next.get().lease().isOf(self)) {
            return true;
        }
        Lease lease = next.get().lease();
        return before.filter(old -> old.lease().epoch() == lease.epoch()
                        && old.lease().owner().id().equals(lease.owner().id()))
                .isPresent();
    }

    private PgAgentException overtaken(Optional<Leases.Versioned> winner, ObjectChangedException cause) {
        String who = winner.map(found -> found.lease().owner().describe() + ", epoch "
                        + found.lease().epoch())
                .orElse("nobody");
        return new PgAgentException(
                ErrorKind.OBJECT_CHANGED,
                "somebody else took the right to archive " + leases.describe() + " in the same moment; now it is with "
                        + who,
                "Find out which node is to archive, and run 'pgagent adopt' on that one.",
                cause);
    }
}
