package org.pgagent.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.config.Settings.Assignment;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pgagent config}. */
@Command(
        name = "config",
        header = "Prints the settings in force, and where each came from.",
        description =
                "Secrets are no settings: they come from AWS's chain of credentials and from libpq's password file.",
        footer = {"  pgagent config", "  pgagent config --json | jq '.[] | select(.source != \"default\")'"})
public final class ConfigCommand implements Verb {
    private final Console console;

    @Option(names = "--json", description = "Print them as JSON.")
    private boolean json;

    public ConfigCommand(Console console) {
        this.console = console;
    }

    /**
     * A setting that is in force.
     *
     * @param name of the setting
     * @param source what has set it: an option, the environment, the file or the default
     * @param where its name there; null for a default
     */
    private record Line(String name, String value, String source, String where) {}

    @Override
    public Set<Setting<?>> settings() {
        return Set.copyOf(Setting.ALL);
    }

    @Override
    public Map<String, Class<?>> documents() {
        return Map.of("config", Line[].class);
    }

    @Override
    public int run(Settings settings) {
        List<Line> lines = new ArrayList<>();
        for (Setting<?> setting : Setting.ALL) {
            lines.add(line(setting, settings.assignment(setting)));
        }
        if (json) {
            console.printJson(lines);
        } else {
            TextTable table = TextTable.of("Setting", "Value", "From");
            lines.forEach(line -> table.row(
                    line.name(),
                    line.value() == null ? "(not set)" : line.value(),
                    line.where() == null ? line.source() : line.source() + " " + line.where()));
            table.lines().forEach(console::print);
        }
        return SUCCESS;
    }

    private static Line line(Setting<?> setting, Optional<Assignment> found) {
        if (found.isEmpty()) {
            return new Line(setting.name(), null, "default", null);
        }
        Assignment assignment = found.get();
        String source = assignment.origin().source().name().toLowerCase(Locale.ROOT);
        String where = assignment.origin().where();
        return new Line(setting.name(), assignment.text(), source, where.isEmpty() ? null : where);
    }
}
