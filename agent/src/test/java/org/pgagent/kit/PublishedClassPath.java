package org.pgagent.kit;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The class path of the tests as the server's user can read it, for an archive_command or restore_command that runs our
 * classes. What that user cannot reach, such as a home directory of root's, is copied once per JVM.
 */
public final class PublishedClassPath {
    private static final Path LAUNCHER = publish();

    private PublishedClassPath() {}

    /**
     * A shell command that runs a main class with the tests' Java and class path. Short, because before PostgreSQL 16 an
     * archive_command must fit into 1023 bytes.
     */
    public static String command(String mainClass, String... arguments) {
        return Stream.concat(Stream.of(LAUNCHER.toString(), mainClass), Arrays.stream(arguments))
                .map(word -> "'" + word + "'")
                .collect(Collectors.joining(" "));
    }

    private static Path publish() {
        ScratchDirectory published = ScratchDirectory.create();
        List<String> readable = new ArrayList<>();
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        for (String entry : classPath.split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            if (!Files.exists(path)) {
                continue;
            }
            if (ServerUser.current().canRead(path)) {
                readable.add(entry);
            } else {
                Path copy = published.resolve(readable.size() + "-" + path.getFileName());
                ToolRun.successOf("cp", "-r", entry, copy.toString());
                ToolRun.successOf("chmod", "-R", "a+rX", copy.toString());
                readable.add(copy.toString());
            }
        }
        return writeLauncher(published.resolve("java"), String.join(File.pathSeparator, readable));
    }

    private static Path writeLauncher(Path launcher, String classPath) {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        try {
            Files.writeString(
                    launcher,
                    "#!/bin/sh\nexec '" + java + "' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp '" + classPath
                            + "' \"$@\"\n");
        } catch (IOException e) {
            throw new AssertionError("cannot write " + launcher, e);
        }
        ToolRun.successOf("chmod", "755", launcher.toString());
        return launcher;
    }
}
