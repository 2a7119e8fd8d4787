package org.pgagent.command;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.error.ErrorKind;

/** One verb of the command line, such as {@code backup}: a picocli command whose own options are its fields. */
public interface Verb {
    /** The exit status of a command that did what it was asked. */
    int SUCCESS = 0;

    /** The settings that are options of this verb. */
    Set<Setting<?>> settings();

    /** The type of what {@code --json} prints, for each way to ask for it, such as {@code show --wal}. */
    default Map<String, Class<?>> documents() {
        return Map.of();
    }

    /**
     * Does it.
     *
     * @return the exit status
     */
    int run(Settings settings) throws IOException;

    /** The exit status when it fails. */
    default int exitCode(ErrorKind kind) {
        return kind.exitCode();
    }
}
