package org.pgagent.storage;

/** A small object, read whole, with the ETag that {@link WriteCondition#ifUnchanged} wants. */
@SuppressWarnings("ArrayRecordComponent") // read once, handed on, never compared
public record ObjectContent(byte[] bytes, String etag) {}
