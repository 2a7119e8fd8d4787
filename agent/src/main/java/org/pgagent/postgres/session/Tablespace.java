package org.pgagent.postgres.session;

/**
 * A tablespace that is not one of the built-in two.
 *
 * @param oid its entry's name below {@code pg_tblspc}
 * @param location its absolute path on the server's host; {@code pg_tblspc/<oid>} if it is a plain directory there
 */
public record Tablespace(long oid, String location) {}
