/**
 * The restore drill: a backup is restored into a directory that is thrown away, a server recovers there in private, and what
 * came back is looked at. Called by {@code pgagent validate --boot}. It says nothing about a backup that did not happen on
 * this host, and changes nothing outside of its directory.
 */
package org.pgagent.restore.drill;
