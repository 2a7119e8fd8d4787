package org.pgagent.command.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a number of bytes lies in a drawing: from nothing, at the bottom, to a round number at the top.
 *
 * @param topBytes what lies at the top
 * @param stepBytes from one line to the next
 */
record SizeAxis(long topBytes, long stepBytes, double top, double bottom) {
    private static final int STEPS_MAX = 4;
    private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB", "TiB", "PiB");
    private static final int[] ROUND = {1, 2, 5, 10, 20, 50, 100, 200, 500};

    /** One that has room for so many bytes. */
    static SizeAxis upTo(long bytes, double top, double bottom) {
        long step = step(bytes);
        return new SizeAxis(Math.max(1, (bytes + step - 1) / step) * step, step, top, bottom);
    }

    private static long step(long bytes) {
        for (int unit = 0; unit < UNITS.size(); unit++) {
            for (int round : ROUND) {
                long step = (long) round << (10 * unit);
                if (bytes / STEPS_MAX <= step && bytes <= step * STEPS_MAX) {
                    return step;
                }
            }
        }
        return 1L << (10 * (UNITS.size() - 1)) << 9;
    }

    double y(long bytes) {
        return bottom - (bottom - top) * bytes / topBytes;
    }

    /** A number of bytes that is told at the axis. */
    record Tick(double y, String label) {}

    List<Tick> ticks() {
        List<Tick> ticks = new ArrayList<>();
        for (long bytes = 0; bytes <= topBytes && bytes >= 0; bytes += stepBytes) {
            ticks.add(new Tick(y(bytes), label(bytes)));
        }
        return ticks;
    }

    /** In the unit of the step, so that all labels have the same one. */
    private String label(long bytes) {
        int unit = 0;
        long step = stepBytes;
        while (step % 1024 == 0 && unit < UNITS.size() - 1) {
            step /= 1024;
            unit++;
        }
        return bytes == 0 ? "0" : bytes / (1L << (10 * unit)) + " " + UNITS.get(unit);
    }
}
