/**
 * Archiving WAL and giving it back: what {@code archive_command} and {@code restore_command} ask for, with PostgreSQL's
 * contracts for both; and finding out what the archive has lost. Called by {@code command} and, later, by the resident agent
 * in {@code serve}.
 */
package org.pgagent.wal;
