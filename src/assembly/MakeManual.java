import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.pgagent.Main;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.codegen.docgen.manpage.ManPageGenerator;

/**
 * Makes of the command line what a shell and {@code man} know of it, so that neither can tell of an option that is not there.
 *
 * <p>The build starts it as a source file, with pgagent and picocli's generators on the class path: {@code java MakeManual.java
 * PAGES COMPLETION}. PAGES is a directory for a page in AsciiDoc for each verb; COMPLETION is the file for the completion of bash,
 * which zsh reads, too.
 */
final class MakeManual {
    private MakeManual() {}

    public static void main(String[] arguments) throws IOException {
        Path pages = Files.createDirectories(Path.of(arguments[0]));
        Path completion = Path.of(arguments[1]);
        CommandLine line = Main.line();
        String[] version = line.getCommandSpec().version();
        line.getSubcommands().values().forEach(verb -> verb.getCommandSpec().version(version));
        int status =
                ManPageGenerator.generateManPage(pages.toFile(), null, new boolean[0], false, line.getCommandSpec());
        if (status != 0) {
            throw new IOException("picocli made no man pages: status " + status);
        }
        try (DirectoryStream<Path> made = Files.newDirectoryStream(pages, "*.adoc")) {
            for (Path page : made) {
                Files.write(page, tidy(Files.readAllLines(page)));
            }
        }
        Files.createDirectories(completion.getParent());
        Files.writeString(completion, AutoComplete.bash(line.getCommandName(), line));
    }

    /** Corrects what picocli makes of our help: texts are no AsciiDoc, and headings of help end with a colon. */
    private static List<String> tidy(List<String> lines) {
        List<String> page = new ArrayList<>();
        String section = "";
        for (String line : lines) {
            if (line.startsWith("== ")) {
                section = line.substring(2).strip().replaceFirst(":$", "");
                page.add("== " + section);
            } else if (section.equals("Description") && line.startsWith("  ")) {
                page.addAll(List.of("", line, ""));
            } else if (isText(section, line)) {
                page.add("pass:c[" + line.strip().replace("]", "\\]") + "]");
            } else {
                page.add(line.replaceAll("(\\*-[A-Za-z-]+\\*)_=(.*)_::", "$1=_$2_::")
                        .replace("Pgagent Manual", "pgagent"));
            }
        }
        return page;
    }

    private static boolean isText(String section, String line) {
        return switch (section) {
            case "", "Name", "Synopsis", "Examples" -> false;
            case "Description" -> !line.isBlank() && !line.startsWith("//");
            default -> line.startsWith("  ");
        };
    }
}
