package org.pgagent;

import java.util.stream.Collectors;
import org.pgagent.command.Verb;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import picocli.CommandLine.Command;

/** Writes {@code docs/configuration.md}. */
final class ReferenceOfSettings {
    private static final String HEAD = """
            # Settings

            This page is generated from the code; a test fails when it is stale.

            Every setting can be given in three ways. The first that says something wins:

            1. as an option of the commands that use it: `--chunk-size 512KiB`
            2. in the environment: `PGAGENT_CHUNK_SIZE=512KiB`; an empty variable counts as not set
            3. in the configuration file, in TOML: `chunk-size = "512KiB"`

            The configuration file is the one that `--config` names, else the one that `PGAGENT_CONFIG` names, else
            `/etc/pgagent/pgagent.toml`; only the last may be missing. It has one line for each setting and no tables.
            Unknown names in the file, and unknown variables that begin with `PGAGENT_`, are errors. Besides the settings
            there are `PGAGENT_CONFIG` and `PGAGENT_JAVA_OPTS` (more options for Java, separated by blanks).

            `pgagent config` prints the settings in force, and where each came from.

            **Sizes** are `64MiB`, `64M` or plain bytes; units are powers of 1024. **Durations** are `500ms`, `30s`, `5m`,
            `1h` or `7d`.

            **Secrets are no settings.** The store's credentials come from AWS's own chain: `AWS_ACCESS_KEY_ID` and
            `AWS_SECRET_ACCESS_KEY` in the environment, `~/.aws/credentials` with `AWS_PROFILE`, web identity tokens,
            container and instance roles. PostgreSQL's password comes from `PGPASSWORD`, `~/.pgpass` or the service file, as
            for `psql`.
            """;

    private ReferenceOfSettings() {}

    static String text() {
        StringBuilder text = new StringBuilder(HEAD);
        for (SettingGroup group : SettingGroup.values()) {
            text.append("\n## ")
                    .append(group.title())
                    .append("\n\n")
                    .append(group.meaning())
                    .append('\n');
            Setting.ALL.stream()
                    .filter(setting -> setting.group() == group)
                    .forEach(setting -> describe(setting, text));
        }
        return text.toString();
    }

    private static void describe(Setting<?> setting, StringBuilder text) {
        text.append("\n### `").append(setting.name()).append("`\n\n");
        text.append(setting.meaning()).append("\n\n");
        String options =
                setting.optionNames().stream().map(option -> "`" + option + "`").collect(Collectors.joining(", "));
        text.append("- option ")
                .append(options)
                .append(", variable `")
                .append(setting.variable())
                .append("`\n");
        text.append("- value: `")
                .append(setting.label())
                .append("`, such as `")
                .append(setting.example())
                .append("`\n");
        setting.defaultText()
                .ifPresent(byDefault ->
                        text.append("- default: `").append(byDefault).append("`\n"));
        text.append("- used by: ").append(users(setting)).append('\n');
    }

    private static String users(Setting<?> setting) {
        return CapturedProgram.silentWiring().verbs().stream()
                .filter(verb -> verb.settings().contains(setting))
                .map(ReferenceOfSettings::name)
                .collect(Collectors.joining(", "));
    }

    private static String name(Verb verb) {
        return "`" + verb.getClass().getAnnotation(Command.class).name() + "`";
    }
}
