package org.pgagent.command;

/** Whose backups something is about, and in which repository they are; so is it printed. */
record Whose(String repository, String cluster) {}
