package org.pgagent.command.report;

import static org.pgagent.command.report.Wording.at;

import java.io.IOException;

/** The shapes of backups in a drawing. Each condition has one of its own, so that no colour is needed to tell them apart. */
enum MarkShape {
    FULL {
        @Override
        void draw(HtmlWriter html, double x, double y) throws IOException {
            html.empty("circle", "class", "solid", "cx", at(x), "cy", at(y), "r", "6.5");
        }
    },
    INCREMENTAL {
        @Override
        void draw(HtmlWriter html, double x, double y) throws IOException {
            html.empty("circle", "class", "solid", "cx", at(x), "cy", at(y), "r", "4.5");
        }
    },
    /** A ring: not complete yet. */
    RUNNING {
        @Override
        void draw(HtmlWriter html, double x, double y) throws IOException {
            html.empty("circle", "class", "ring", "cx", at(x), "cy", at(y), "r", "5.5");
        }
    },
    /** A triangle that stands for: look at this. */
    FAILED {
        @Override
        void draw(HtmlWriter html, double x, double y) throws IOException {
            html.empty("path", "class", "solid", "d", "M" + at(x) + " " + at(y - 8) + "l8 14h-16z");
        }
    },
    /** A cross: cannot be restored. */
    DAMAGED {
        @Override
        void draw(HtmlWriter html, double x, double y) throws IOException {
            html.empty(
                    "path",
                    "class",
                    "solid",
                    "d",
                    "M" + at(x) + " " + at(y - 2.8)
                            + "l4-4l2.8 2.8l-4 4l4 4l-2.8 2.8l-4-4l-4 4l-2.8-2.8l4-4l-4-4l2.8-2.8z");
        }
    };

    static MarkShape of(Condition condition, boolean full) {
        return switch (condition) {
            case RUNNING -> RUNNING;
            case ERROR, UNREADABLE, NO_WAL -> FAILED;
            case CORRUPT -> DAMAGED;
            case OK, DONE, DELETING, DELETED -> full ? FULL : INCREMENTAL;
        };
    }

    /** Draws it around a point. */
    abstract void draw(HtmlWriter html, double x, double y) throws IOException;

    /** A box with their number; of those that somebody should look at with a triangle's tip. */
    static void drawSeveral(HtmlWriter html, BackupMark mark, double x, double y) throws IOException {
        html.empty(
                "rect",
                "class",
                "solid",
                "x",
                at(x - mark.width() / 2),
                "y",
                at(y - 8),
                "width",
                at(mark.width()),
                "height",
                "16",
                "rx",
                "4");
        html.element("text", mark.count(), "class", "number", "text-anchor", "middle", "x", at(x), "y", at(y + 3.5));
        if (mark.worst().isWorseThan(Condition.RUNNING)) {
            html.empty("path", "class", "solid", "d", "M" + at(x) + " " + at(y - 15) + "l5 8h-10z");
        }
    }

    /** Above a mark. */
    static void drawPin(HtmlWriter html, double x, double y) throws IOException {
        html.empty("path", "class", "pin-leg", "d", "M" + at(x) + " " + at(y) + "v-6");
        html.empty("circle", "class", "pin", "cx", at(x), "cy", at(y - 8), "r", "3.5");
    }
}
