package org.pgagent.postgres;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Prints the names in a directory as hexadecimal digits, and whether each is found again: for a JVM of its own. */
final class FileNames {
    private FileNames() {}

    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                DataPath path = DataPath.ROOT.resolve(file.getFileName());
                System.out.println(path.hex() + " " + Files.exists(path.under(directory)));
            }
        }
    }
}
