/* What the environment says to pgagent. */
#ifndef PGAGENT_ENVIRONMENT_H
#define PGAGENT_ENVIRONMENT_H

#include <stdbool.h>

/* Words for Java itself, of which an agent that runs already is not told. */
#define JAVA_OPTS_VARIABLE "PGAGENT_JAVA_OPTS"

/* Whether an agent that works for somebody with NAME=value in the environment must know of it. */
bool is_for_agent(const char *variable);

#endif
