/*
 * The process between an agent and whoever becomes its parent when the caller has ended. In a container that is often the
 * postmaster itself, which takes a child that it does not know for one of its own: if that is killed, or exits with more
 * than 1, it restarts the whole server. So the agent's parent is a process that always exits with 0.
 */
#ifndef PGAGENT_KEEPER_H
#define PGAGENT_KEEPER_H

#include <stdbool.h>
#include <sys/types.h>

#include "command_line.h"
#include "deadline.h"
#include "java_line.h"

struct keeper {
    pid_t process;
    int news; /* the agent's end arrives here */
};

/*
 * Starts the agent and its keeper: detached from the caller in every way, in the data directory, with `log` for its
 * output. False, after a report, when there can be no process.
 */
bool keeper_start(struct keeper *keeper, const struct java_line *java, const struct command_line *line, int log);

/* Waits for the agent's end until the deadline. True, with what waitpid said of it, when it has ended. */
bool keeper_has_news(struct keeper *keeper, deadline end, int *status);

/* Forgets about the agent, which lives on. */
void keeper_leave_alone(struct keeper *keeper);

#endif
