/* What the environment says to pgagent. */
#ifndef PGAGENT_ENVIRONMENT_H
#define PGAGENT_ENVIRONMENT_H

#include <stdbool.h>

/* Words for Java itself; the only variable of ours that is no setting. */
#define JAVA_OPTS_VARIABLE "PGAGENT_JAVA_OPTS"

extern char **environ;

bool begins_with(const char *text, const char *beginning);

/* Whether NAME=value gives a setting of pgagent. */
bool is_setting(const char *variable);

#endif
