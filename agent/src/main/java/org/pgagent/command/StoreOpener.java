package org.pgagent.command;

import java.io.IOException;
import org.pgagent.config.Settings;
import org.pgagent.storage.ObjectStore;

/** Opens the store that the settings name; the caller closes it. */
@FunctionalInterface
public interface StoreOpener {
    ObjectStore open(Settings settings) throws IOException;
}
