/**
 * Archiving WAL and giving it back: what {@code archive_command} and {@code restore_command} ask for, with PostgreSQL's
 * contracts for both, one file at a time or ahead of what is asked; who a data directory is that archives; and finding out
 * what the archive has lost. Called by {@code command}.
 */
package org.pgagent.wal;
