package org.pgagent.transfer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many workers of a backup the Java heap has room for. The program in front gives more of it for more workers
 * (java_line.c); somebody may have given less.
 */
public final class Workers {
    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);

    /** The names of a million files in one directory, the part buffers that no worker fills, Java itself, and garbage. */
    private static final long COMMON_BYTES = 72L << 20;

    /** A part that fills, a chunk as it was and as it is stored, the index of a pack, and a copy of that at its end. */
    private static final long BYTES_EACH = 13L << 20;

    private Workers() {}

    /** As many workers as asked for, or as there is memory for; the log says so if these are less. */
    public static int fitting(int asked) {
        long heap = Runtime.getRuntime().maxMemory();
        int fitting = fitting(asked, heap);
        if (fitting < asked) {
            LOG.warn(
                    "there is memory for fewer workers; PGAGENT_JAVA_OPTS=-Xmx{}m would do for all jobs={} asked={} heap_mib={}",
                    neededBytes(asked + 1) >> 20,
                    fitting,
                    asked,
                    heap >> 20);
        }
        return fitting;
    }

    static int fitting(int asked, long heapBytes) {
        int fitting = asked;
        while (fitting > 1 && neededBytes(fitting) > heapBytes) {
            fitting--;
        }
        return fitting;
    }

    private static long neededBytes(int workers) {
        return COMMON_BYTES + workers * BYTES_EACH;
    }
}
