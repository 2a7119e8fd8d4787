/* Starts the agent of a data directory, one caller for all. */
#ifndef PGAGENT_AGENT_START_H
#define PGAGENT_AGENT_START_H

#include <stdbool.h>
#include <sys/types.h>

#include "command_line.h"
#include "deadline.h"
#include "keeper.h"

enum start_stage {
    START_NOT_MINE, /* nobody starts an agent, or another caller does */
    START_MINE,     /* it is for this caller to do; nothing has been started */
    START_DONE      /* started, and not known to have ended */
};

struct agent_start {
    const struct command_line *line;
    enum start_stage stage;
    int directory;
    int lock;
    struct keeper keeper;
    int starts;
    off_t log_end; /* where the log ended before the start */
    pid_t holder;  /* of the agent's lock, when one that does not listen was in the way; else 0 */
};

void agent_start_begin(struct agent_start *start, const struct command_line *line);

/*
 * One step on, after nobody was found to listen: to START_MINE if no other caller is starting an agent, or from there to
 * START_DONE unless an agent lives that does not listen yet, or not any more. False, after a report, if that fails.
 */
bool agent_start_step(struct agent_start *start);

/* Waits until the deadline. False, after a report, if the agent that was started has ended for no good reason. */
bool agent_start_wait(struct agent_start *start, deadline end);

/* Says why there is still nobody who listens. */
void agent_start_report_late(const struct agent_start *start);

/* Lets go of everything; the agent lives on. */
void agent_start_end(struct agent_start *start);

#endif
