package org.pgagent.catalog;

/** Why retention keeps a backup; the first reason that fits counts. */
public enum KeptFor {
    /** The newest one that can be relied on. */
    NEWEST("newest"),
    /** It ended in the time since which every point is kept. */
    WINDOW("window"),
    /** Points at the beginning of that time are reached from it. */
    WINDOW_BEGIN("window's begin"),
    /** It is the newest one of its day, or another period. */
    CALENDAR("calendar"),
    /** A backup that is being taken builds on it. */
    BUILT_ON("built on"),
    /** Somebody said so. */
    PIN("pin"),
    /** No rule lets it go, or nothing can take its place. */
    NO_RULE("no rule");

    private final String words;

    KeptFor(String words) {
        this.words = words;
    }

    @Override
    public String toString() {
        return words;
    }
}
