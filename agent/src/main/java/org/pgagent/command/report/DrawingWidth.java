package org.pgagent.command.report;

import java.util.Locale;

/** The widths in which every drawing is made; the style sheet shows the one that fits the window, so that text keeps its size. */
enum DrawingWidth {
    WIDE(1060),
    MIDDLE(680),
    NARROW(330);

    private final int units;

    DrawingWidth(int units) {
        this.units = units;
    }

    /** In units of the drawing, about a pixel each. */
    int units() {
        return units;
    }

    /** The class of its drawings. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
