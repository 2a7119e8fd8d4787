/* Where an agent and its callers meet in a data directory, and whom they meet there. */
#ifndef PGAGENT_AGENT_DIRECTORY_H
#define PGAGENT_AGENT_DIRECTORY_H

#include <sys/types.h>

/*
 * Two places, for the sake of pg_rewind. It copies whatever lies in pg_wal of a running server, but for what is called
 * pgsql_tmp, and it fails on a socket there; and it cannot remove a directory in which a socket is left. What lies in
 * pg_dynshmem it leaves alone, as base backups do.
 */
#define AGENT_DIRECTORY "pg_wal/pgsql_tmp.pgagent"
#define AGENT_SOCKET_DIRECTORY "pg_dynshmem"
#define AGENT_SOCKET "pgagent.sock"

/* Names in AGENT_DIRECTORY. */
#define AGENT_LOCK "agent.lock"
#define START_LOCK "start.lock"
#define AGENT_LOG "agent.log"
#define AGENT_LOG_OLD "agent.log.1"

/*
 * Opens the directory of the socket. The descriptor stands for the directory that was looked at, whatever its name means
 * later. -1, after a report, if it is missing, of another user, or one that others may write to.
 */
int agent_socket_directory_open(const char *data_directory);

/* Opens the agent's own directory, made if need be. -1, after a report, if it is not private to this user. */
int agent_directory_open(const char *data_directory);

enum connection {
    CONNECTION_MADE,
    CONNECTION_NOBODY,  /* no socket, or none that anybody listens at */
    CONNECTION_QUEUED,  /* more callers wait already than the socket can hold */
    CONNECTION_REFUSED  /* it would never do; there was a report */
};

/*
 * Connects to the socket in the directory that agent_socket_directory_open returned: a descriptor that does not block,
 * and the process that listens, 0 if it cannot be seen from here.
 */
enum connection agent_connect(int directory, const char *data_directory, int *connected, pid_t *agent);

#endif
