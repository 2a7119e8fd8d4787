package org.pgagent.transfer;

import java.io.IOException;

/** How fast files are read, by all who share it together. Thread-safe. */
public interface ReadRate {
    /** As fast as the disk can. */
    ReadRate UNLIMITED = bytes -> {};

    /** Notes that bytes were read, and waits as long as that was too fast. */
    void read(long bytes) throws IOException;
}
