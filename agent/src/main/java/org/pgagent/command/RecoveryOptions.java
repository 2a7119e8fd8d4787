package org.pgagent.command;

import java.util.ArrayList;
import java.util.List;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;
import org.pgagent.restore.Archiving;
import org.pgagent.restore.CopyRole;
import org.pgagent.restore.RecoveryRequest;
import org.pgagent.restore.RecoveryTarget;
import org.pgagent.restore.RecoveryTarget.Edge;
import org.pgagent.restore.TargetAction;
import org.pgagent.restore.TargetTimeline;
import picocli.CommandLine.Option;

/** The options of a restore that say how far to recover and what the cluster is to be then. */
final class RecoveryOptions {
    @Option(
            names = "--target-time",
            paramLabel = "TIME",
            description = "Recover up to the last commit until then: a time with its offset, such as"
                    + " '2026-11-22 05:55:00+00'.")
    private String time;

    @Option(names = "--target-lsn", paramLabel = "LSN", description = "Recover up to this place in the WAL.")
    private Lsn lsn;

    @Option(names = "--target-xid", paramLabel = "XID", description = "Recover up to this transaction's commit.")
    private String xid;

    @Option(
            names = "--target-name",
            paramLabel = "NAME",
            description = "Recover up to this restore point (pg_create_restore_point).")
    private String name;

    @Option(names = "--target-immediate", description = "Recover no further than the backup's end needs.")
    private boolean immediate;

    @Option(
            names = "--target-exclusive",
            description = "Stop just before the target; for a time, an LSN or a transaction. Default: just after it.")
    private boolean exclusive;

    @Option(names = "--target-inclusive", description = "Stop just after the target. This is the default.")
    private boolean inclusive;

    @Option(
            names = "--recovery-target-inclusive",
            hidden = true,
            arity = "1",
            paramLabel = "true|false",
            description = "pg_rman's: --target-inclusive or --target-exclusive.")
    private Boolean stopsAfter;

    @Option(
            names = "--target-timeline",
            paramLabel = "latest|current|N",
            description = "Which timeline to follow: the newest, the backup's own, or this one. Default: latest.")
    private TargetTimeline timeline = new TargetTimeline.Latest();

    @Option(
            names = "--target-action",
            paramLabel = "promote|pause|shutdown",
            description = "What the server does at the target. Default: promote.")
    private TargetAction action = TargetAction.PROMOTE;

    @Option(
            names = "--as",
            paramLabel = "primary|standby",
            description = "What the cluster becomes: a server of its own, or one that goes on following the archive."
                    + " Default: primary.")
    private CopyRole role = CopyRole.PRIMARY;

    @Option(
            names = "--adopt",
            description =
                    "The cluster takes its source's place and archives as its source did, once 'pgagent adopt' has been"
                            + " run on it. Without this, archiving is switched off, so that a copy cannot write into its"
                            + " source's history.")
    private boolean adopt;

    CopyRole role() {
        return role;
    }

    /**
     * What is asked for.
     *
     * @throws PgAgentException of kind USAGE if options contradict each other or one is malformed
     */
    RecoveryRequest request(String restoreCommand) throws PgAgentException {
        RecoveryTarget target = target();
        try {
            return new RecoveryRequest(
                    target, timeline, action, role, adopt ? Archiving.ADOPT : Archiving.OFF, restoreCommand);
        } catch (IllegalArgumentException e) {
            throw usage(e.getMessage(), e);
        }
    }

    private RecoveryTarget target() throws PgAgentException {
        boolean before = exclusive || Boolean.FALSE.equals(stopsAfter);
        boolean after = inclusive || Boolean.TRUE.equals(stopsAfter);
        if (before && after) {
            throw usage("--target-inclusive and --target-exclusive contradict each other", null);
        }
        Edge edge = before ? Edge.EXCLUSIVE : Edge.INCLUSIVE;
        List<RecoveryTarget> asked = new ArrayList<>();
        try {
            if (time != null) {
                asked.add(RecoveryTarget.AtTime.parse(time, edge));
            }
            if (lsn != null) {
                asked.add(new RecoveryTarget.AtLsn(lsn, edge));
            }
            if (xid != null) {
                asked.add(RecoveryTarget.AtXid.parse(xid, edge));
            }
            if (name != null) {
                asked.add(new RecoveryTarget.AtName(name));
            }
        } catch (IllegalArgumentException e) {
            throw usage(e.getMessage(), e);
        }
        if (immediate) {
            asked.add(new RecoveryTarget.Immediate());
        }
        RecoveryTarget target = RecoveryTarget.only(asked);
        if ((before || after) && time == null && lsn == null && xid == null) {
            throw usage("--target-inclusive and --target-exclusive need a time, an LSN or a transaction", null);
        }
        return target;
    }

    private static PgAgentException usage(String message, Throwable cause) {
        return new PgAgentException(ErrorKind.USAGE, message, "Try: pgagent restore --help", cause);
    }
}
