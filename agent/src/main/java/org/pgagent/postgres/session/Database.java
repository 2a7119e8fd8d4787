package org.pgagent.postgres.session;

/** A database of the cluster; its files lie in directories called by the OID. */
public record Database(long oid, String name) {}
