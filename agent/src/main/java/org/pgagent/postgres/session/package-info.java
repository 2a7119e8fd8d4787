/**
 * The SQL session with the cluster that is backed up: connecting as libpq does, asking what the server is, starting and
 * stopping a base backup. The only package that sees {@code java.sql}.
 */
package org.pgagent.postgres.session;
