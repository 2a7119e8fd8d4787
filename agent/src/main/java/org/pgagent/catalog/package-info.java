/**
 * What a repository has and what it is good for: whether its store can be used for all that backups, archiving and restores
 * ask of it, what WAL there is, what can be recovered, and whether backups are still what was stored; and the removal of
 * backups and of what deleted ones still hold. Called by {@code command}.
 */
package org.pgagent.catalog;
