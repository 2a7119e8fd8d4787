package org.pgagent.command.report;

import java.io.IOException;
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

    /** Begins a drawing of this width, which the caller closes; title and description are for those who do not see it. */
    void open(HtmlWriter html, double height, String title, String description) throws IOException {
        html.open(
                "svg",
                "xmlns",
                "http://www.w3.org/2000/svg",
                "class",
                "drawing " + this,
                "viewBox",
                "0 0 " + units + " " + Wording.at(height),
                "role",
                "img");
        html.element("title", title);
        html.element("desc", description);
    }

    /** The class of its drawings. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
