package org.pgagent.config;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.pgagent.config.Settings.Assignment;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * Puts the settings together: options win over environment variables, these over the configuration file, and that over
 * the defaults. Every value of every place is checked, used or not, and an unknown name is an error: a setting that is
 * silently ignored is found out at the restore.
 */
public final class SettingsReader {
    /** Where the configuration file is if nobody says so; the only place where it may be missing. */
    public static final Path DEFAULT_FILE = Path.of("/etc/pgagent/pgagent.toml");

    private static final String VARIABLE_PREFIX = "PGAGENT_";
    private static final String FILE_VARIABLE = "PGAGENT_CONFIG";

    /** Variables that are no settings: the file's place, and what the C program hands to Java. */
    private static final Set<String> OTHER_VARIABLES = Set.of(FILE_VARIABLE, "PGAGENT_JAVA_OPTS");

    /** The later one wins. */
    private static final List<String> AWS_ENDPOINT_VARIABLES = List.of("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3");

    private final Map<String, String> environment;
    private final Path defaultFile;

    /**
     * A reader of this process's places.
     *
     * @param environment the process's environment; a variable with an empty value counts as not set
     * @param defaultFile usually {@link #DEFAULT_FILE}
     */
    public SettingsReader(Map<String, String> environment, Path defaultFile) {
        this.environment = Map.copyOf(environment);
        this.defaultFile = defaultFile;
    }

    /**
     * Reads everything and decides.
     *
     * @param options the settings that were given as options, as text
     * @param fileOption the file that {@code --config} names
     * @throws PgAgentException of kind CONFIGURATION if a name is unknown, a value is malformed or a file cannot be read
     */
    public Settings read(Map<Setting<?>, String> options, Optional<Path> fileOption) throws PgAgentException {
        Map<Setting<?>, Assignment> assignments = assignedDefaults();
        readAwsEndpoint(assignments);
        readFile(assignments, fileOption);
        readEnvironment(assignments);
        for (Map.Entry<Setting<?>, String> option : options.entrySet()) {
            Setting<?> setting = option.getKey();
            assign(assignments, setting, option.getValue(), new Origin(Origin.Source.OPTION, setting.option()));
        }
        return new Settings(assignments);
    }

    /** An environment in which nothing is set, for a process that works with the settings of others. */
    public static Map<String, String> withoutSettings(Map<String, String> environment) {
        Map<String, String> others = new HashMap<>(environment);
        others.keySet().removeIf(name -> name.startsWith(VARIABLE_PREFIX));
        return others;
    }

    /** What holds when nobody says anything, for a verb that has no settings and shall not fail because of one. */
    public static Settings defaults() throws PgAgentException {
        return new Settings(assignedDefaults());
    }

    private static Map<Setting<?>, Assignment> assignedDefaults() throws PgAgentException {
        Map<Setting<?>, Assignment> assignments = new HashMap<>();
        for (Setting<?> setting : Setting.ALL) {
            if (setting.defaultText().isPresent()) {
                assign(assignments, setting, setting.defaultText().get(), new Origin(Origin.Source.DEFAULT, ""));
            }
        }
        return assignments;
    }

    /** The configuration file that would be read. */
    public Path file(Optional<Path> fileOption) {
        return named(fileOption).orElse(defaultFile);
    }

    private Optional<Path> named(Optional<Path> fileOption) {
        return fileOption.or(() -> variable(FILE_VARIABLE).map(Path::of));
    }

    private void readFile(Map<Setting<?>, Assignment> assignments, Optional<Path> fileOption) throws PgAgentException {
        Optional<Path> named = named(fileOption);
        Path file = file(fileOption);
        Map<String, Setting<?>> known =
                Setting.ALL.stream().collect(Collectors.toMap(Setting::name, setting -> setting));
        Map<String, String> values = SettingsFile.read(
                file, named.isPresent() ? SettingsFile.Absence.REFUSED : SettingsFile.Absence.ALLOWED);
        for (Map.Entry<String, String> value : values.entrySet()) {
            Setting<?> setting = known.get(value.getKey());
            if (setting == null) {
                throw unknown("setting '" + value.getKey() + "' in " + file, value.getKey(), Setting::name);
            }
            assign(assignments, setting, value.getValue(), new Origin(Origin.Source.FILE, file.toString()));
        }
    }

    private void readEnvironment(Map<Setting<?>, Assignment> assignments) throws PgAgentException {
        Map<String, Setting<?>> known =
                Setting.ALL.stream().collect(Collectors.toMap(Setting::variable, setting -> setting));
        for (String name : new TreeMap<>(environment).tailMap(VARIABLE_PREFIX).keySet()) {
            if (!name.startsWith(VARIABLE_PREFIX)) {
                break;
            }
            Setting<?> setting = known.get(name);
            if (setting == null && !OTHER_VARIABLES.contains(name)) {
                String bare = name.substring(VARIABLE_PREFIX.length())
                        .toLowerCase(Locale.ROOT)
                        .replace('_', '-');
                throw unknown("environment variable " + name, bare, Setting::variable);
            }
            if (setting != null && variable(name).isPresent()) {
                assign(assignments, setting, variable(name).get(), new Origin(Origin.Source.ENVIRONMENT, name));
            }
        }
    }

    /** Where AWS's own tools would look for the store; left to its SDK, nothing here would know of it. */
    private void readAwsEndpoint(Map<Setting<?>, Assignment> assignments) throws PgAgentException {
        for (String name : AWS_ENDPOINT_VARIABLES) {
            if (variable(name).isPresent()) {
                Origin origin = new Origin(Origin.Source.ENVIRONMENT, name);
                assign(assignments, Setting.ENDPOINT, variable(name).get(), origin);
            }
        }
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
    }

    private static void assign(Map<Setting<?>, Assignment> assignments, Setting<?> setting, String text, Origin origin)
            throws PgAgentException {
        try {
            assignments.put(setting, new Assignment(text, setting.parse(text), origin));
        } catch (IllegalArgumentException e) {
            throw new PgAgentException(
                    ErrorKind.CONFIGURATION,
                    "bad value for " + setting + " from " + origin + ": " + e.getMessage(),
                    "Correct it; " + setting + " means: " + setting.meaning(),
                    e);
        }
    }

    private static PgAgentException unknown(String what, String written, Function<Setting<?>, String> spelling) {
        Map<String, String> spellings = Setting.ALL.stream().collect(Collectors.toMap(Setting::name, spelling));
        String hint = NearestName.to(written, spellings.keySet())
                .map(name -> "Did you mean " + spellings.get(name) + "?")
                .orElseGet(() -> "Known are: " + String.join(", ", new TreeSet<>(spellings.values())) + ".");
        return new PgAgentException(ErrorKind.CONFIGURATION, "unknown " + what, hint);
    }
}
