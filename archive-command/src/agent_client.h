/* Lets the agent of a data directory do what the command line asks for. */
#ifndef PGAGENT_AGENT_CLIENT_H
#define PGAGENT_AGENT_CLIENT_H

#include "command_line.h"

/* Asks, starting the agent if need be, and returns the exit status that PostgreSQL's contract wants. */
int agent_client_run(const struct command_line *line);

#endif
