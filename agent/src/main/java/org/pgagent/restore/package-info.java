/**
 * Putting a cluster back: first a plan that writes nothing, then the act. Recovery itself, the replay of WAL, is
 * PostgreSQL's. Called by {@code command}.
 */
package org.pgagent.restore;
