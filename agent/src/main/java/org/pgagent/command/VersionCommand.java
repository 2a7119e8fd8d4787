package org.pgagent.command;

import java.util.Map;
import java.util.Set;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.repository.BackupRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pgagent version}. */
@Command(name = "version", header = "Prints the version, and what it can work with.")
public final class VersionCommand implements Verb {
    private final Console console;

    @Option(names = "--json", description = "Print it as JSON.")
    private boolean json;

    public VersionCommand(Console console) {
        this.console = console;
    }

    /**
     * What this program is.
     *
     * @param version of pgagent
     * @param postgresql the versions of PostgreSQL that it works with
     * @param repositoryFormat the format that it writes
     * @param java the runtime
     */
    private record Facts(String version, String postgresql, int repositoryFormat, String java) {}

    @Override
    public Set<Setting<?>> settings() {
        return Set.of();
    }

    @Override
    public Map<String, Class<?>> documents() {
        return Map.of("version", Facts.class);
    }

    @Override
    public int run(Settings settings) {
        Facts facts = new Facts(
                ProgramVersion.current(),
                "13 to 18",
                BackupRecord.FORMAT,
                Runtime.version().toString());
        if (json) {
            console.printJson(facts);
        } else {
            console.print("pgagent " + facts.version());
            console.print("PostgreSQL " + facts.postgresql());
            console.print("repository format " + facts.repositoryFormat());
            console.print("Java " + facts.java());
        }
        return SUCCESS;
    }
}
