package org.pgagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.command.ProgramLine;
import org.pgagent.command.Verb;
import org.pgagent.config.Setting;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

final class HelpTextTest {
    private static CommandLine line() {
        return ProgramLine.of(CapturedProgram.silentWiring().verbs(), CapturedProgram.silentConsole());
    }

    static Stream<CommandLine> verbs() {
        return line().getSubcommands().values().stream().filter(verb -> verb.getCommand() instanceof Verb);
    }

    @Test
    void the_program_lists_its_verbs() {
        assertThat(line().getUsageMessage()).contains(line().getSubcommands().keySet());
        assertThat(line().getUsageMessage().lines()).allMatch(text -> text.length() <= 80);
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void the_help_of_a_verb_fits_in_80_columns_and_has_every_option(CommandLine verb) {
        String help = verb.getUsageMessage();

        assertThat(help.lines()).allMatch(text -> text.length() <= 80);
        for (OptionSpec option : verb.getCommandSpec().options()) {
            assertThat(option.description()).as(option.longestName()).isNotEmpty();
            if (!option.hidden()) {
                assertThat(help).contains(option.names());
            }
        }
        assertThat(help).contains("Usage: pgagent " + verb.getCommandName());
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void a_verb_has_the_options_of_its_settings_and_of_no_others(CommandLine verb) {
        Verb command = verb.getCommand();
        for (Setting<?> setting : Setting.ALL) {
            assertThat(verb.getCommandSpec().optionsMap().containsKey(setting.option()))
                    .as(setting.option())
                    .isEqualTo(command.settings().contains(setting));
        }
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void the_examples_in_the_help_are_lines_that_can_be_read(CommandLine verb) {
        List<String> examples = Stream.of(verb.getCommandSpec().usageMessage().footer())
                .map(String::strip)
                .toList();
        for (String example : examples) {
            assertThat(verb.getUsageMessage()).as("unbroken").contains(example);
            assertThat(example).startsWith("pgagent " + verb.getCommandName());
            String[] words = example.replaceFirst("^pgagent ", "")
                    .replaceFirst(" \\|.*", "")
                    .split(" (?=([^']*'[^']*')*[^']*$)");
            for (int i = 0; i < words.length; i++) {
                words[i] = words[i].replace("'", "");
            }
            assertThatCode(() -> ProgramLine.parse(line(), words)).as(example).doesNotThrowAnyException();
        }
    }
}
