package org.pgagent.config;

/** What is logged: this and everything graver. */
public enum LogLevel {
    ERROR,
    WARN,
    INFO,
    DEBUG
}
