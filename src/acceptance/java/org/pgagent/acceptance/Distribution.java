package org.pgagent.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ServerUser;
import org.pgagent.kit.ToolRun;

/** The distribution that the build just made, where the server's user can run it. */
final class Distribution {
    private static final Distribution BUILT = find();

    private final Path directory;

    private Distribution(Path directory) {
        this.directory = directory;
    }

    static Distribution built() {
        return BUILT;
    }

    private static Distribution find() {
        Path directory = Path.of(System.getProperty("pgagent.distribution", "target/pgagent"))
                .toAbsolutePath();
        if (!Files.isExecutable(directory.resolve("bin/pgagent"))) {
            throw new AssertionError("no distribution in " + directory + "; mvn package makes it");
        }
        if (ServerUser.current().canRead(directory)) {
            return new Distribution(directory);
        }
        Path copy = ScratchDirectory.create().resolve("pgagent");
        ToolRun.successOf("cp", "-a", directory.toString(), copy.toString());
        return new Distribution(copy);
    }

    /** A path in the distribution. */
    Path resolve(String relative) {
        return directory.resolve(relative);
    }

    /** What PostgreSQL has to run, such as {@code wal-push %p}. */
    String command(String arguments) {
        return resolve("bin/pgagent") + " " + arguments;
    }

    /** The same distribution at a place of its own, to be changed there. */
    Distribution copyTo(Path place) {
        ToolRun.successOf("cp", "-a", directory.toString(), place.toString());
        return new Distribution(place);
    }

    /** Runs {@code pgagent} as the server's user, with nothing in the environment but this. */
    ToolRun run(Map<String, String> environment, String... arguments) {
        return runIn(Path.of("/"), environment, arguments);
    }

    /** The same in a directory, such as the one where PostgreSQL runs its commands. */
    ToolRun runIn(Path workingDirectory, Map<String, String> environment, String... arguments) {
        return ToolRun.of(line(workingDirectory, environment, arguments));
    }

    /** Starts {@code pgagent} in the background, as {@link #run} would run it; what it prints goes into a file. */
    Process start(Path output, Map<String, String> environment, String... arguments) {
        try {
            return new ProcessBuilder(line(Path.of("/"), environment, arguments))
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(output.toFile())
                    .start();
        } catch (IOException e) {
            throw new AssertionError("cannot start " + List.of(arguments), e);
        }
    }

    private List<String> line(Path workingDirectory, Map<String, String> environment, String... arguments) {
        List<String> line =
                new ArrayList<>(List.of("env", "-i", "-C", workingDirectory.toString(), "HOME=/nonexistent"));
        environment.forEach((name, value) -> line.add(name + "=" + value));
        line.add(resolve("bin/pgagent").toString());
        line.addAll(List.of(arguments));
        return ServerUser.current().command(line);
    }

    /** Runs {@code pgagent} as the server's user, with an empty environment. */
    ToolRun run(String... arguments) {
        return run(Map.of(), arguments);
    }
}
