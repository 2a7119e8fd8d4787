/**
 * Taking a base backup, from the start call to the validated record. Called by {@code command}.
 */
package org.pgagent.backup;
