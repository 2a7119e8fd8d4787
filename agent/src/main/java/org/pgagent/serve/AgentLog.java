package org.pgagent.serve;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of an agent that the program started: its standard output and error, which the program opened for appending. Kept
 * short by emptying it when it has grown long; the lines so far are in {@code agent.log.1} then. For one thread.
 */
public final class AgentLog {
    private static final Logger LOG = LoggerFactory.getLogger(AgentLog.class);
    private static final long BYTES_MAX = 4 << 20;
    private static final int LOOK_EVERY = 100;

    private final Path file;
    private int ticks;

    public AgentLog(AgentDirectory directory) {
        this.file = directory.path().resolve("agent.log");
    }

    /** To be called now and then; looks at the file now and then. */
    public void keepShort() {
        if (++ticks % LOOK_EVERY != 0) {
            return;
        }
        try {
            if (Files.size(file) > BYTES_MAX) {
                Files.copy(file, file.resolveSibling("agent.log.1"), StandardCopyOption.REPLACE_EXISTING);
                FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)
                        .close();
            }
        } catch (NoSuchFileException e) {
            // an operator's agent logs elsewhere
        } catch (IOException e) {
            LOG.warn("the log could not be shortened: {}", e.toString());
        }
    }
}
