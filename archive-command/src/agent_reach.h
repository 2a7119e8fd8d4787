/* Finds the agent of a data directory, or gets it started. */
#ifndef PGAGENT_AGENT_REACH_H
#define PGAGENT_AGENT_REACH_H

#include <sys/types.h>

#include "command_line.h"

/*
 * A socket that is connected to the agent and does not block; `agent` is told the agent's process. Waits for the end of the
 * process `leaving`, if that is not 0: it has said that it will do nothing more. -1, after a report, when no agent could be
 * reached in time.
 */
int agent_reach(const struct command_line *line, pid_t leaving, pid_t *agent);

#endif
