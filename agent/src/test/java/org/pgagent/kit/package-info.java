/**
 * What integration tests stand on: real PostgreSQL clusters of every supported major version, started as an ordinary user,
 * rows to put into them and hashes to compare them by; an S3 server in this process, a store in memory, and what makes
 * both of them fail at a chosen moment.
 *
 * <p>A missing binary, user or tool fails the test; nothing is skipped. Everything that was started ends with the JVM.
 */
package org.pgagent.kit;
