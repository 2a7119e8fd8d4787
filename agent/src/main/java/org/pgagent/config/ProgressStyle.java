package org.pgagent.config;

/** How progress is shown. */
public enum ProgressStyle {
    /** A bar on a terminal, else plain lines. */
    AUTO,
    BAR,
    PLAIN,
    NONE
}
