package org.pgagent.config;

import java.util.Map;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/** The settings in force: for each its value and where it came from. Immutable. */
public final class Settings {
    private final Map<Setting<?>, Assignment> assignments;

    /** A value as it was written, and as it was understood. */
    public record Assignment(String text, Object value, Origin origin) {}

    Settings(Map<Setting<?>, Assignment> assignments) {
        this.assignments = Map.copyOf(assignments);
    }

    /** The value of a setting that has a default or without which nothing can be done. */
    public <T> T get(Setting<T> setting) throws PgAgentException {
        Optional<T> value = find(setting);
        if (value.isEmpty()) {
            throw new PgAgentException(
                    ErrorKind.CONFIGURATION,
                    "no " + setting + " is set",
                    "Give " + setting.option() + " " + setting.example() + ", or set " + setting.variable()
                            + " in the environment or '" + setting + "' in pgagent.toml.");
        }
        return value.get();
    }

    /** The value of a setting that may be left open. */
    public <T> Optional<T> find(Setting<T> setting) {
        return assignment(setting).map(assignment -> setting.cast(assignment.value()));
    }

    /** The value as it was written, and where; empty if nobody set it and it has no default. */
    public Optional<Assignment> assignment(Setting<?> setting) {
        return Optional.ofNullable(assignments.get(setting));
    }
}
