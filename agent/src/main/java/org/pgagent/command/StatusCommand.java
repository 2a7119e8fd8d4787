package org.pgagent.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.repository.RepositoryJson;
import org.pgagent.serve.AgentClient;
import org.pgagent.serve.AgentDirectory;
import org.pgagent.wal.ReadyFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pgagent status}. */
@Command(
        name = "status",
        header = "Tells how the archiving of a data directory stands.",
        description = "Asks the agent, and pg_wal for what waits. Asks neither the server nor the repository.",
        footer = {"  pgagent status -D /var/lib/postgresql/18/main", "  pgagent status -D DIR --json | jq .waiting"})
public final class StatusCommand implements Verb {
    private final Surroundings surroundings;

    @Option(names = "--json", description = "Print it as JSON.")
    private boolean json;

    public StatusCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(Set.of(), Setting.PGDATA);
    }

    @Override
    public Map<String, Class<?>> documents() {
        return Map.of("status", AgentReport.Content.class);
    }

    @Override
    public int run(Settings settings) throws IOException {
        Path dataDirectory = settings.get(Setting.PGDATA).toRealPath();
        AgentDirectory directory = new AgentDirectory(dataDirectory);
        Optional<String> told = AgentClient.status(directory);
        String content = told.isPresent() ? told.get() : withoutAgent(directory);
        if (json) {
            surroundings.console().print(content);
        } else {
            lines(RepositoryJson.mapper().readTree(content)).all().forEach(surroundings.console()::print);
        }
        return SUCCESS;
    }

    private String withoutAgent(AgentDirectory directory) throws IOException {
        ReadyFiles.Backlog backlog = new ReadyFiles(directory.walDirectory()).backlog();
        return AgentReport.withoutAgent(directory, backlog, surroundings.clock());
    }

    private static FactLines lines(JsonNode content) {
        FactLines facts = FactLines.plain();
        facts.add("Data directory", content.path("data_directory").asText());
        JsonNode agent = content.path("agent");
        facts.add(
                "Agent",
                agent.isMissingNode()
                        ? "not running; wal-push and wal-fetch start it"
                        : "process " + agent.path("pid").asText() + " since " + time(agent.path("started_at")));
        JsonNode oldest = content.path("oldest_waiting_seconds");
        facts.add(
                "Waiting",
                FactLines.count(content.path("waiting").asLong(), "file")
                        + (oldest.isMissingNode() ? "" : ", the oldest for " + oldest.asText() + " s"));
        if (!agent.isMissingNode()) {
            facts.add("Archived", counted(agent, "archived"));
            facts.add(
                    "Failed",
                    FactLines.count(agent.path("failed").asLong(), "time") + ", and "
                            + agent.path("refused").asText() + " refused");
            facts.add(
                    "Gaps",
                    agent.has("gaps")
                            ? agent.path("gaps").asText() + " since the newest backup"
                            : "not known; the agent looks when it has stored a file");
            if (agent.has("last_backup_at")) {
                facts.add("Last backup", time(agent.path("last_backup_at")));
            }
            facts.add("Fetched", counted(agent, "fetched"));
        }
        event(facts, "Last archived", content.path("last_archived"));
        event(facts, "Last failure", content.path("last_failure"));
        return facts;
    }

    private static String counted(JsonNode agent, String what) {
        return FactLines.count(agent.path(what).asLong(), "file") + ", "
                + FactLines.size(agent.path(what + "_bytes").asLong());
    }

    private static String time(JsonNode instant) {
        return FactLines.time(Instant.parse(instant.asText()));
    }

    private static void event(FactLines facts, String name, JsonNode event) {
        if (event.isMissingNode()) {
            return;
        }
        facts.add(name, event.path("file").asText() + " at " + time(event.path("at")));
        if (event.has("reason")) {
            facts.more(event.path("reason").asText());
        }
    }
}
