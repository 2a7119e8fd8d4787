package org.pgagent.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.config.SettingsReader;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.serve.AgentRequest;
import org.pgagent.serve.FileStamp;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The settings that a request to the agent is meant with: as if the verb had been run by the caller itself. Reads a
 * configuration file anew when it has changed. Thread-safe.
 */
final class RequestSettings {
    /** As many callers with different options as an agent remembers. */
    private static final int KNOWN_MAX = 16;

    private final Supplier<CommandLine> program;
    private final Map<String, String> environment;
    private final Path defaultFile;
    private final Map<Setting<?>, String> options;
    private final Optional<Path> fileOption;
    private final Map<Key, Known> known = new HashMap<>();

    /**
     * @param environment of the agent; variables of the caller replace those of the same name
     * @param own the agent's own command line, whose options hold where the caller's say nothing; empty for an agent that
     *     belongs to its callers
     */
    RequestSettings(
            Supplier<CommandLine> program,
            Map<String, String> environment,
            Path defaultFile,
            Optional<ParseResult> own) {
        this.program = program;
        this.environment = Map.copyOf(environment);
        this.defaultFile = defaultFile;
        this.options = own.map(SettingOptions::given).orElse(Map.of());
        this.fileOption = own.flatMap(SettingOptions::file);
    }

    private record Key(AgentRequest.Verb verb, List<String> options, List<String> environment) {}

    /** What was found when the file had that stamp. */
    private record Known(RequestedSettings requested, Path file, FileStamp stamp) {}

    /** What a request is meant with. */
    record RequestedSettings(Settings settings, boolean standby) {}

    /**
     * Finds them.
     *
     * @throws PgAgentException of kind USAGE if the options cannot be understood, CONFIGURATION if a setting is wrong
     */
    synchronized RequestedSettings of(AgentRequest request) throws PgAgentException {
        Key key = new Key(request.verb(), request.options(), request.environment());
        Known before = known.get(key);
        if (before != null && before.stamp().equals(FileStamp.of(before.file()))) {
            return before.requested();
        }
        Known now = read(request);
        if (known.size() >= KNOWN_MAX) {
            known.clear();
        }
        known.put(key, now);
        return now.requested();
    }

    private Known read(AgentRequest request) throws PgAgentException {
        ParseResult line = parse(request);
        Map<String, String> variables = new HashMap<>(environment);
        for (String variable : request.environment()) {
            int equals = variable.indexOf('=');
            if (equals > 0) {
                variables.put(variable.substring(0, equals), variable.substring(equals + 1));
            }
        }
        Map<Setting<?>, String> given = new HashMap<>(options);
        given.putAll(SettingOptions.given(line));
        SettingsReader reader = new SettingsReader(variables, defaultFile);
        Optional<Path> named = SettingOptions.file(line).or(() -> fileOption);
        Path file = reader.file(named);
        FileStamp stamp = FileStamp.of(file);
        boolean standby = line.hasMatchedOption(WalFetchCommand.STANDBY);
        return new Known(new RequestedSettings(reader.read(given, named), standby), file, stamp);
    }

    private ParseResult parse(AgentRequest request) throws PgAgentException {
        List<String> line = new ArrayList<>();
        line.add(request.verb() == AgentRequest.Verb.WAL_PUSH ? WalPushCommand.NAME : WalFetchCommand.NAME);
        line.addAll(request.operands());
        line.addAll(request.options());
        try {
            return ProgramLine.parse(program.get(), line.toArray(String[]::new)).subcommand();
        } catch (ParameterException e) {
            throw new PgAgentException(ErrorKind.USAGE, ProgramLine.message(e), ProgramLine.hint(e), e);
        }
    }
}
