/**
 * Looking at what a repository has: the list of backups, one backup in detail. Called by {@code command}.
 */
package org.pgagent.catalog;
