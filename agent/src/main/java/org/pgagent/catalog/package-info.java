/**
 * Whether a repository's store can be used for all that backups, archiving and restores ask of it. Called by {@code command}.
 */
package org.pgagent.catalog;
