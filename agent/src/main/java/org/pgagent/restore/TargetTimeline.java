package org.pgagent.restore;

import org.pgagent.postgres.Timeline;

/** Which branch of the history a recovery follows, as asked for. */
public sealed interface TargetTimeline {
    /** The backup's own. */
    record Current() implements TargetTimeline {
        @Override
        public String toString() {
            return "current";
        }
    }

    /** The newest that the archive knows. */
    record Latest() implements TargetTimeline {
        @Override
        public String toString() {
            return "latest";
        }
    }

    /** This one. */
    record Numbered(Timeline timeline) implements TargetTimeline {
        @Override
        public String toString() {
            return timeline.toString();
        }
    }

    /** Reads what {@code recovery_target_timeline} takes. */
    static TargetTimeline parse(String text) {
        return switch (text) {
            case "current" -> new Current();
            case "latest" -> new Latest();
            default -> new Numbered(number(text));
        };
    }

    private static Timeline number(String text) {
        try {
            return Timeline.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "not a target timeline: '" + text + "' (good ones: current, latest, 3, 0xA)", e);
        }
    }
}
