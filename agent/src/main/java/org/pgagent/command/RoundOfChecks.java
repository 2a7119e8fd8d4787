package org.pgagent.command;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.pgagent.backup.ArchivingCheck;
import org.pgagent.backup.SourceCheck;
import org.pgagent.config.DurationText;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.postgres.session.ServerFacts;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.WalArchive;
import org.pgagent.storage.ObjectStore;
import org.pgagent.wal.ArchivingNode;

/** Everything that {@code check} tries, the store first, then the server, then both together. */
final class RoundOfChecks {
    private static final String RIGHT = "right to archive";
    private static final String ARCHIVING = "archiving";

    private static final String NOT_WRITTEN = "it would be written: left out by --dry-run";

    /** How far the checks go. */
    enum Depth {
        /** Nothing is written. */
        LOOK,
        /** What a backup and the archiver do is done on a small scale. */
        TRY
    }

    private final Surroundings surroundings;
    private final Settings settings;
    private final Findings findings;
    private final StoreChecks storeChecks;
    private final ClusterName name;
    private final Depth depth;

    RoundOfChecks(Surroundings surroundings, Settings settings, Findings findings, Depth depth) throws IOException {
        this.surroundings = surroundings;
        this.settings = settings;
        this.findings = findings;
        this.storeChecks = new StoreChecks(surroundings, settings, findings);
        this.name = settings.get(Setting.CLUSTER);
        this.depth = depth;
    }

    void run() throws IOException {
        try (OpenStore opened = surroundings.openStore(settings)) {
            Optional<ObjectStore> usable = depth == Depth.TRY ? storeChecks.run(opened.store()) : look(opened.store());
            Optional<ServerConnection> connected =
                    findings.attempt("connection", () -> surroundings.connect(settings), ServerConnection::describe);
            if (connected.isEmpty()) {
                findings.skip(ARCHIVING);
                return;
            }
            try (ServerConnection connection = connected.get()) {
                tryServer(connection, usable);
            }
        }
    }

    private Optional<ObjectStore> look(ObjectStore store) throws IOException {
        Optional<ObjectStore> listed = storeChecks.look(store);
        findings.skip("write", NOT_WRITTEN);
        return listed;
    }

    private void tryServer(ServerConnection connection, Optional<ObjectStore> usable) throws IOException {
        Optional<ServerFacts> facts = findings.attempt(
                "server",
                connection::facts,
                server -> "PostgreSQL " + server.version() + ", timeline " + server.timeline());
        Optional<ControlFile> own = Optional.empty();
        if (facts.isPresent()) {
            storeChecks.noteClock(
                    "clock of the server",
                    Duration.between(surroundings.clock().instant(), facts.get().clock()));
            own = trySetUp(facts.get());
        }
        boolean named = own.isPresent() && usable.isPresent() && tryName(own.get(), usable.get());
        if (named && facts.get().inRecovery()) {
            findings.skip(ARCHIVING, "only the primary can finish a WAL segment: check there");
        } else if (named && tryRight(facts.get(), own.get(), usable.get())) {
            tryArchiving(connection, facts.get(), usable.get());
        } else {
            findings.skip(ARCHIVING);
        }
    }

    private Optional<ControlFile> trySetUp(ServerFacts server) throws IOException {
        Path dataDirectory = dataDirectory(server);
        return findings.attempt(
                "set-up",
                () -> new SourceCheck(server, dataDirectory).beforeStart(),
                own -> "data directory " + dataDirectory
                        + (server.inRecovery() ? " of a standby; rights" : "; rights and archiving") + " are set up");
    }

    private Path dataDirectory(ServerFacts server) throws IOException {
        return settings.find(Setting.PGDATA).orElse(server.settings().dataDirectory());
    }

    private boolean tryName(ControlFile own, ObjectStore store) throws IOException {
        return findings.attempt(
                        "cluster",
                        () -> surroundings.claim(store, settings).find(own),
                        found -> "'" + name + (found.isPresent() ? "' keeps" : "' is free for") + " system identifier "
                                + own.systemIdentifier())
                .isPresent();
    }

    /** False if another data directory archives under the name: then this one's archiver is refused. */
    private boolean tryRight(ServerFacts server, ControlFile own, ObjectStore store) throws IOException {
        Path dataDirectory = dataDirectory(server);
        if (!ArchivingNode.isKnownHere(dataDirectory)) {
            findings.skip(RIGHT);
            return true;
        }
        ArchivingNode node =
                new ArchivingNode(dataDirectory, ThisHost.writer(), surroundings.clock(), surroundings.random());
        WalSegmentSize size = own.layout().walSegmentSize();
        return findings.attempt(
                        RIGHT,
                        () -> node.leaseToLookAt(store, new ClusterKeys(name), size)
                                .look(own.timeline()),
                        lease -> lease.map(held -> "'" + name + "' is archived by "
                                        + held.owner().describe() + " (epoch " + held.epoch() + ")")
                                .orElse("nobody has archived '" + name + "' yet"))
                .isPresent();
    }

    private void tryArchiving(ServerConnection connection, ServerFacts server, ObjectStore store) throws IOException {
        if (depth == Depth.LOOK) {
            findings.skip(ARCHIVING, NOT_WRITTEN);
            return;
        }
        WalArchive archive = new WalArchive(store, new ClusterKeys(name));
        ArchivingCheck check =
                new ArchivingCheck(connection, archive, dataDirectory(server), surroundings.cancellation());
        Duration limit = settings.get(Setting.ARCHIVE_TIMEOUT);
        findings.attempt(
                ARCHIVING,
                () -> check.run(server, limit),
                arrival -> "WAL segment " + arrival.segment() + " arrived within "
                        + DurationText.rounded(arrival.waited()));
    }
}
