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
 * DIRECTORY}. {@code pages/} in there gets a page in AsciiDoc for each verb, {@code completion/} the completion of bash, which zsh
 * reads, too; what AsciiDoctor has made of earlier pages in {@code man/} is removed.
 */
final class MakeManual {
    private MakeManual() {}

    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        empty(directory.resolve("man"), "*.1");
        Path pages = empty(directory.resolve("pages"), "*.adoc");
        Path completion = Files.createDirectories(directory.resolve("completion"));
        CommandLine line = Main.line();
        line.getCommandSpec().usageMessage().footerHeading("Notes:");
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
        Files.writeString(completion.resolve(line.getCommandName()), AutoComplete.bash(line.getCommandName(), line));
    }

    /** Makes a directory without pages, which may be those of verbs that are no more. */
    private static Path empty(Path directory, String old) throws IOException {
        Files.createDirectories(directory);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, old)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        return directory;
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
            } else if (line.contains("end::picocli-generated-man-section-description")) {
                removeEmptySection(page);
            } else if (isText(section, line)) {
                page.add("pass:c[" + line.strip().replace("]", "\\]") + "]");
            } else {
                page.add(line.replaceAll("(\\*-[A-Za-z-]+\\*)_=(.*)_::", "$1=_$2_::")
                        .replace("Pgagent Manual", "pgagent"));
            }
        }
        return page;
    }

    private static void removeEmptySection(List<String> page) {
        int last = page.size() - 1;
        while (page.get(last).isBlank()) {
            last--;
        }
        if (page.get(last).startsWith("== ")) {
            page.remove(last);
        }
    }

    private static boolean isText(String section, String line) {
        return switch (section) {
            case "", "Name", "Synopsis", "Examples" -> false;
            case "Description", "Notes" -> !line.isBlank() && !line.startsWith("//") && !line.startsWith("[");
            default -> line.startsWith("  ");
        };
    }
}
