/**
 * The resident agent: its directory and socket, the protocol ({@code docs/wal-protocol.md}), who is answered and how long the
 * agent lives. Knows nothing of stores: what is asked for is done by the jobs below, which {@code ServeCommand} hands over.
 */
package org.pgagent.serve;
