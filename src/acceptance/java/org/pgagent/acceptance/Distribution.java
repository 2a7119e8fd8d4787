package org.pgagent.acceptance;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.pgagent.kit.ToolRun;

/** The distribution that the build just made. */
final class Distribution {
    private final Path directory;

    private Distribution(Path directory) {
        this.directory = directory;
    }

    static Distribution built() {
        Path directory = Path.of(System.getProperty("pgagent.distribution"));
        if (!Files.isExecutable(directory.resolve("bin/pgagent"))) {
            throw new AssertionError("no distribution in " + directory + "; mvn package makes it");
        }
        return new Distribution(directory);
    }

    /** A path in the distribution. */
    Path resolve(String relative) {
        return directory.resolve(relative);
    }

    /** Runs {@code pgagent} with these arguments, without any setting from the environment. */
    ToolRun run(String... arguments) {
        return runWith("", arguments);
    }

    /** The same, with more options for Java. */
    ToolRun runWith(String javaOptions, String... arguments) {
        List<String> line = new ArrayList<>(List.of("env", "-i", "PGAGENT_JAVA_OPTS=" + javaOptions));
        line.add(resolve("bin/pgagent").toString());
        line.addAll(List.of(arguments));
        return ToolRun.of(line);
    }
}
