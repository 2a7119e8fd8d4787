package org.pgagent.command;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.SettingsReader;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** Makes options of settings, so that the table of settings is the only place that knows names, meanings and defaults. */
public final class SettingOptions {
    /** Behind the verb's own options. */
    private static final int FIRST_GROUP_ORDER = 10;

    private SettingOptions() {}

    /** Adds an option for each of these settings, by groups, and what every verb has besides. */
    static void add(CommandSpec spec, Set<Setting<?>> settings) {
        if (!settings.isEmpty()) {
            spec.addOption(OptionSpec.builder("--config")
                    .paramLabel("FILE")
                    .type(Path.class)
                    .description("The configuration file. Default: the one that PGAGENT_CONFIG names, else "
                            + SettingsReader.DEFAULT_FILE + " if there is one.")
                    .build());
        }
        spec.addOption(ProgramLine.helpOption());
        int order = FIRST_GROUP_ORDER;
        for (SettingGroup group : SettingGroup.values()) {
            ArgGroupSpec.Builder options = ArgGroupSpec.builder()
                    .heading("%n" + group.title() + ":%n")
                    .validate(false)
                    .order(order++);
            for (Setting<?> setting : Setting.ALL) {
                if (setting.group() == group && settings.contains(setting)) {
                    options.addArg(option(setting));
                }
            }
            if (!options.args().isEmpty()) {
                spec.addArgGroup(options.build());
            }
        }
        OtherNames.add(spec);
    }

    private static OptionSpec option(Setting<?> setting) {
        String byDefault =
                setting.defaultText().map(text -> " Default: " + text + ".").orElse("");
        OptionSpec.Builder option = OptionSpec.builder(setting.optionNames().toArray(String[]::new));
        if (setting == Setting.PROGRESS) {
            // As pg_rman has it: without a value.
            option.arity("0..1").fallbackValue(setting.defaultText().orElseThrow());
        }
        if (setting.label().contains("|")) {
            // For the completion of shells.
            option.completionCandidates(
                    Arrays.asList(setting.label().replaceAll("\\[[^]]*]", "").split("\\|")));
        }
        return option.paramLabel(setting.label())
                .hideParamSyntax(true)
                .type(String.class)
                .converters(text -> checked(setting, text))
                .description((setting.meaning() + byDefault).replace("%", "%%"))
                .build();
    }

    private static String checked(Setting<?> setting, String text) {
        try {
            setting.parse(text);
            return text;
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /** The settings that were given as options. */
    public static Map<Setting<?>, String> given(ParseResult parsed) {
        Map<Setting<?>, String> given = new HashMap<>();
        for (Setting<?> setting : Setting.ALL) {
            OtherNames.values(setting, parsed).forEach(text -> given.put(setting, text));
        }
        return given;
    }

    /** The mistake that a setting was given twice, which picocli allows for options in groups. */
    static Optional<ParameterException> repeated(ParseResult parsed) {
        return Setting.ALL.stream()
                .filter(setting -> OtherNames.values(setting, parsed).size() > 1)
                .findFirst()
                .map(setting -> new ParameterException(
                        parsed.commandSpec().commandLine(),
                        "option '" + setting.option() + "' should be specified only once"));
    }

    /** The configuration file that was named. */
    public static Optional<Path> file(ParseResult parsed) {
        return Optional.ofNullable(parsed.matchedOptionValue("--config", null));
    }
}
