package org.pgagent.command;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.IHelpCommandInitializable2;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code pgagent help}: what {@code --help} prints, for those who look for it as a verb. */
@Command(
        name = "help",
        header = "Prints the help of pgagent, or of a verb.",
        synopsisHeading = "Usage: ",
        helpCommand = true)
final class HelpCommand implements IHelpCommandInitializable2, Runnable {
    @Parameters(index = "0", arity = "0..1", paramLabel = "VERB", description = "The verb to tell of.")
    private String verb;

    private CommandLine line;
    private PrintWriter out;

    @Override
    public void init(CommandLine helpLine, ColorScheme colors, PrintWriter outWriter, PrintWriter errWriter) {
        line = helpLine;
        out = outWriter;
    }

    @Override
    public void run() {
        CommandLine root = line.getParent();
        CommandLine asked = verb == null ? root : root.getSubcommands().get(verb);
        if (asked == null) {
            throw new ParameterException(root, "pgagent has no verb '" + verb + "'");
        }
        asked.usage(out);
    }
}
