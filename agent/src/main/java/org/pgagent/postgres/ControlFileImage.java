package org.pgagent.postgres;

/** The control file as it was read, whole, and what it says. */
@SuppressWarnings("ArrayRecordComponent") // read once, handed on, never compared
public record ControlFileImage(byte[] bytes, ControlFile content) {}
