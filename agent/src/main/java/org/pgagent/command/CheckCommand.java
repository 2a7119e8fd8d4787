package org.pgagent.command;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
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
    private final Surroundings surroundings;

    @Option(
            names = "--dry-run",
            description = "Only look: write nothing into the repository and nothing into the server's WAL.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print the findings as JSON.")
    private boolean json;

    public CheckCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /**
     * What {@code --json} prints.
     *
     * @param good whether nothing is bad
     */
    private record Report(boolean good, List<Findings.Finding> findings) {}

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(
                Set.of(SettingGroup.REPOSITORY, SettingGroup.OBJECTS, SettingGroup.CONNECTION),
                Setting.ARCHIVE_TIMEOUT);
    }

    @Override
    public Map<String, Class<?>> documents() {
        return Map.of("check", Report.class);
    }

    @Override
    public int run(Settings settings) throws IOException {
        Findings findings = new Findings();
        new RoundOfChecks(surroundings, settings, findings, dryRun ? RoundOfChecks.Depth.LOOK : RoundOfChecks.Depth.TRY)
                .run();
        if (json) {
            surroundings.console().printJson(new Report(findings.firstFailure().isEmpty(), findings.all()));
        } else {
            findings.lines().forEach(surroundings.console()::print);
        }
        return findings.firstFailure().map(failure -> exitCode(failure.kind())).orElse(SUCCESS);
    }
}
