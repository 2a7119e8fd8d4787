package org.pgagent.repository;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.time.Instant;
import org.pgagent.postgres.Timeline;

/**
 * What {@code lease.json} says: which data directory may archive under this name, and until when it has to say so again.
 *
 * @param format version of the repository format, 1
 * @param epoch 1 for the first owner, one more with each change of the owner
 * @param timeline of the owner when it wrote this
 * @param adoptedFrom the owner before, if the right was taken from it by {@code pgagent adopt}; else null
 * @param nonce makes every version of the object different from every other, so that its bytes tell who wrote it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Lease(
        int format,
        long epoch,
        WriterIdentity owner,
        Timeline timeline,
        WriterIdentity adoptedFrom,
        Instant renewedAt,
        Instant expiresAt,
        String nonce) {
    public static final int FORMAT = 1;

    /** How long a lease lasts after each renewal. */
    public static final Duration TERM = Duration.ofMinutes(10);

    public Lease {
        if (epoch < 1) {
            throw new IllegalArgumentException("epoch " + epoch + " of a lease; the first is 1");
        }
        if (owner == null || timeline == null || renewedAt == null || expiresAt == null) {
            throw new IllegalArgumentException("a lease without owner, timeline or time");
        }
    }

    /** A lease from now on; it has no nonce until it is stored. */
    static Lease from(Instant now, long epoch, WriterIdentity owner, Timeline timeline) {
        return new Lease(FORMAT, epoch, owner, timeline, null, now, now.plus(TERM), null);
    }

    Lease withAdoptedFrom(WriterIdentity former) {
        return new Lease(format, epoch, owner, timeline, former, renewedAt, expiresAt, nonce);
    }

    Lease withNonce(String newNonce) {
        return new Lease(format, epoch, owner, timeline, adoptedFrom, renewedAt, expiresAt, newNonce);
    }

    public boolean isOf(WriterIdentity node) {
        return owner.id().equals(node.id());
    }

    /** Whether the right was taken from a node by {@code pgagent adopt}. */
    boolean wasAdoptedFrom(WriterIdentity node) {
        return adoptedFrom != null && adoptedFrom.id().equals(node.id());
    }

    boolean hasExpired(Instant now) {
        return !now.isBefore(expiresAt);
    }

    /** Whether its owner should write it anew: a third of the term has passed, or something else is no longer so. */
    boolean isDue(Instant now, Timeline own) {
        return !own.equals(timeline) || now.isBefore(renewedAt) || !now.isBefore(renewedAt.plus(TERM.dividedBy(3)));
    }
}
