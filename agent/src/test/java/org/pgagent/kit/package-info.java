/**
 * What integration tests stand on: real PostgreSQL clusters of every supported major version, started as an ordinary user,
 * rows to put into them and hashes to compare them by.
 *
 * <p>A missing binary, user or tool fails the test; nothing is skipped. Everything that was started ends with the JVM.
 */
package org.pgagent.kit;
