package org.pgagent.command;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pgagent.backup.ArchivingCheck;
import org.pgagent.backup.SourceCheck;
import org.pgagent.catalog.RepositoryCheck;
import org.pgagent.config.DurationText;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.postgres.session.ServerFacts;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.WalArchive;
import org.pgagent.storage.ConditionSupport;
import org.pgagent.storage.ObjectStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pgagent check}. */
@Command(
        name = "check",
        header = "Tries whether backups and archiving will work, end to end.",
        description = "Writes small objects into the repository and removes them; writes a restore point, switches to a"
                + " new WAL segment, and waits until the old one is in the repository. The exit status is that of the"
                + " first check that failed.",
        footer = {"  pgagent check --bucket my-backups", "  pgagent check --bucket my-backups --archive-timeout 30s"})
public final class CheckCommand implements Verb {
    /** Signatures of requests are good for fifteen minutes; clocks that are this far apart are not being set. */
    private static final Duration SKEW_MAX = Duration.ofMinutes(1);

    private final Surroundings surroundings;

    @Option(names = "--json", description = "Print the findings as JSON.")
    private boolean json;

    public CheckCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** What {@code --json} prints. */
    private record Report(boolean good, List<Findings.Finding> findings) {}

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(Set.of(SettingGroup.REPOSITORY, SettingGroup.CONNECTION), Setting.ARCHIVE_TIMEOUT);
    }

    @Override
    public int run(Settings settings) throws IOException {
        Findings findings = new Findings();
        ClusterKeys keys = new ClusterKeys(settings.get(Setting.CLUSTER));
        try (OpenStore opened = surroundings.openStore(settings)) {
            boolean writable = checkStore(opened.store(), keys, findings);
            Optional<ServerConnection> connection =
                    findings.attempt("connection", () -> surroundings.connect(settings), ServerConnection::describe);
            if (connection.isPresent()) {
                try (ServerConnection open = connection.get()) {
                    checkServer(
                            open,
                            settings,
                            writable ? Optional.of(new WalArchive(opened.store(), keys)) : Optional.empty(),
                            findings);
                }
            } else {
                findings.skip("archiving");
            }
        }
        tell(findings);
        return findings.firstFailure().map(failure -> exitCode(failure.kind())).orElse(SUCCESS);
    }

    private void tell(Findings findings) {
        if (json) {
            surroundings.console().printJson(new Report(findings.firstFailure().isEmpty(), findings.all()));
        } else {
            findings.lines().forEach(surroundings.console()::print);
        }
    }

    /** Whether it can be written to. */
    private boolean checkStore(ObjectStore store, ClusterKeys keys, Findings findings) throws IOException {
        RepositoryCheck check = new RepositoryCheck(store, keys, surroundings.clock(), surroundings.random());
        Optional<String> listed = findings.attempt(
                "store",
                () -> {
                    check.list();
                    return store.describe();
                },
                where -> where + " answers and can be listed");
        if (listed.isEmpty()) {
            findings.skip("write");
            return false;
        }
        Optional<Duration> ahead =
                findings.attempt("write", check::write, skew -> "put, multipart upload, get and delete work");
        if (ahead.isEmpty()) {
            return false;
        }
        doubtSkew("clock of the store", ahead.get(), findings);
        Optional<ConditionSupport> conditions = findings.attempt(
                "conditional writes",
                check::conditions,
                support -> support == ConditionSupport.HONOURED ? "honoured" : "not honoured");
        if (conditions.equals(Optional.of(ConditionSupport.IGNORED))) {
            findings.doubt(
                    "conditional writes",
                    "two hosts that write the same object in the same moment may overwrite each other unseen",
                    "Let only one host write to this repository, or use a store that honours If-None-Match.");
        }
        return conditions.isPresent();
    }

    private static void doubtSkew(String subject, Duration ahead, Findings findings) {
        if (ahead.abs().compareTo(SKEW_MAX) > 0) {
            findings.doubt(
                    subject,
                    DurationText.rounded(ahead.abs()) + (ahead.isNegative() ? " behind" : " ahead of") + " this host's",
                    "Set the clocks by NTP; times of recovery targets are those of the server's clock.");
        }
    }

    private void checkServer(
            ServerConnection connection, Settings settings, Optional<WalArchive> archive, Findings findings)
            throws IOException {
        Optional<ServerFacts> facts = findings.attempt(
                "server",
                connection::facts,
                server -> "PostgreSQL " + version(server) + ", timeline " + server.timeline());
        if (facts.isEmpty()) {
            findings.skip("archiving");
            return;
        }
        ServerFacts server = facts.get();
        doubtSkew("clock of the server", Duration.between(surroundings.clock().instant(), server.clock()), findings);
        Path dataDirectory =
                settings.find(Setting.PGDATA).orElse(server.settings().dataDirectory());
        Optional<ControlFile> control = findings.attempt(
                "data directory",
                () -> new SourceCheck(server, dataDirectory).beforeStart(),
                own -> dataDirectory + ", system identifier " + own.systemIdentifier());
        if (control.isEmpty() || archive.isEmpty()) {
            findings.skip("archiving");
            return;
        }
        Duration limit = settings.get(Setting.ARCHIVE_TIMEOUT);
        findings.attempt(
                "archiving",
                () -> new ArchivingCheck(connection, archive.get(), surroundings.cancellation()).run(server, limit),
                arrival -> "WAL segment " + arrival.segment() + " arrived within "
                        + DurationText.rounded(arrival.waited()));
    }

    private static String version(ServerFacts server) {
        return server.major() + "." + server.versionNumber() % 10_000;
    }
}
