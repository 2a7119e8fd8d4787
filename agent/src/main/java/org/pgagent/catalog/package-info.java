/**
 * Looking at what a repository has: the list of backups, one backup in detail, and
 * whether its store can be used. Called by {@code command}.
 */
package org.pgagent.catalog;
