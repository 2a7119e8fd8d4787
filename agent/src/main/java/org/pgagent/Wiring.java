package org.pgagent;

import java.io.IOException;
import java.util.List;
import org.pgagent.command.ConfigCommand;
import org.pgagent.command.Console;
import org.pgagent.command.ShowCommand;
import org.pgagent.command.Verb;
import org.pgagent.command.VersionCommand;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.error.Cancellation;
import org.pgagent.storage.ObjectStore;

/** Puts the objects together, each when it is asked for. */
final class Wiring {
    private final Console console;
    private final Cancellation cancellation;

    Wiring(Console console, Cancellation cancellation) {
        this.console = console;
        this.cancellation = cancellation;
    }

    /** The verbs, in the order of the help text. */
    List<Verb> verbs() {
        return List.of(
                new ShowCommand(console, this::openStore), new ConfigCommand(console), new VersionCommand(console));
    }

    private ObjectStore openStore(Settings settings) throws IOException {
        cancellation.check();
        throw new IOException("no store for " + settings.get(Setting.BUCKET));
    }
}
